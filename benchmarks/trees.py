"""Logs into every repository: the first time, unchanged, and after five minutes of talk."""

from benchmarks.logs import Logs
from benchmarks.ours import Ours
from benchmarks.programs import Program, peers
from benchmarks.record import Bench, stored_bytes

APPENDED_LINES = 100  # in each channel's newest file


def measure_logs(bench: Bench, *, size: int, times: int) -> Ours:
    """All of it; returns ours, whose logs lie there still. The clock is the real one: nothing turns with the hour."""
    folder = bench.folder / "logs"
    folder.mkdir()
    logs = Logs(folder / "tree")
    logs.fill(size)
    ours = Ours(folder / "ours", logs.folder, "files")
    programs: list[Program] = [ours, *peers(folder, logs.folder, bench.against)]
    bench.record.facts["logs/bytes"] = before = stored_bytes(logs.folder)
    for program in programs:
        program.set_up()
    _save_all(bench, programs, "logs/first")
    for _ in range(times):
        _save_all(bench, programs, "logs/unchanged")
    logs.append(APPENDED_LINES)
    bench.record.facts["logs/appended bytes"] = stored_bytes(logs.folder) - before
    _save_all(bench, programs, "logs/append")
    return ours


def _save_all(bench: Bench, programs: list[Program], part: str) -> None:
    for program in programs:
        bench.say(f"{part}, {program.name}")
        before = stored_bytes(program.repository)
        if bench.measure(part, program, program.save()):
            bench.record.stored[part, program.name] = stored_bytes(program.repository) - before
