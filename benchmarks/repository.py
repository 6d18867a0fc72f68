"""The repository against restic and borg: the same saves and logs, in the same run, as whole processes."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.day import Day, measure_clock
from benchmarks.goals import Goal, goals, table
from benchmarks.launcher import Launcher
from benchmarks.ours import Kind, Ours
from benchmarks.programs import OURS, Program, answer, find_faketime, missing
from benchmarks.record import Bench, Record
from benchmarks.trees import measure_logs

PARTS = ("clock", "day", "logs", "large", "lag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured."""

    accounts: int
    saves: int
    old: int  # the number of the snapshot out of which one account is taken
    large: int  # accounts of the large database; 0: none
    logs: int  # bytes
    times: int  # what is short is measured so often


FULL = Scale(accounts=20_000, saves=288, old=200, large=200_000, logs=1_000_000_000, times=5)
QUICK = Scale(accounts=2_000, saves=24, old=17, large=0, logs=16_000_000, times=1)


def measure(bench: Bench, scale: Scale, parts: Sequence[str]) -> list[Program]:
    """All parts that are asked for; returns who took part."""
    day = Day(bench, "day", accounts=scale.accounts)
    if "clock" in parts:
        measure_clock(bench, day.programs, times=scale.times)
    if "day" in parts:
        day.live_through(scale.saves, somebody_at=scale.old)
        day.restore(times=scale.times)
        day.one_account(times=scale.times)
        day.verify()
    logs = measure_logs(bench, size=scale.logs, times=scale.times) if "logs" in parts else None
    large = Day(bench, "large", accounts=scale.large) if scale.large and "large" in parts else None
    if large is not None:
        large.live_through(4)
        large.restore(times=1)
        large.verify()
    if "lag" in parts:
        _measure_lag(bench, logs, large)
    return day.programs


def _measure_lag(bench: Bench, logs: Ours | None, large: Day | None) -> None:
    """A first backup into a new repository, in a program that runs an event loop."""
    watched: list[tuple[str, Path, Kind]] = []
    watched += [("logs", logs.watched, "files")] if logs else []
    watched += [("large", large.database, "atheme")] if large else []
    for about, path, kind in watched:
        bench.say(f"lag, {about}")
        ours = Ours(bench.folder / f"lag-{about}", path, kind)
        ours.set_up()
        words = [sys.executable, "-m", "benchmarks.lag", str(ours.config)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            bench.refuse(f"lag {about}", OURS, " ".join(done.stderr.strip().splitlines()[-2:]))
        else:
            figures = json.loads(done.stdout)
            bench.record.facts.update({f"lag {about}/{name}": value for name, value in figures.items()})


def results(record: Record, scale: Scale, programs: Sequence[Program], promised: Sequence[Goal]) -> dict[str, object]:
    """The whole document."""
    clock = "libfaketime, preloaded into all" if find_faketime() else "the real one: all saves fall into one hour"
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "processor": _processor(),
            "memory_megabytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**6,
            "kernel": platform.release(),
            "load": os.getloadavg(),
        },
        "versions": {"python": platform.python_version()}
        | {program.name: answer(program.version_words).strip().split(" compiled")[0] for program in programs},
        "not_here": missing(),
        "clock": clock,
        "scale": asdict(scale),
        "goals": [goal.as_dict() for goal in promised],
        **record.as_dict(),
    }


def _processor() -> str:
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def show(record: Record, promised: Sequence[Goal]) -> None:
    """For people."""
    print(f"\n{table(list(promised))}\n")
    for part, name in record.runs:
        if part in {"day/save", "large/save"}:
            print(f"{part}, {name}: {record.processor(part, name):.2f} s of the processor")
    for part, name in record.refused:
        print(f"not measured: {part}, {name}: {record.refused[part, name]}")
    if missing():
        print(f"not here: {', '.join(missing())}; as root on Debian: sh scripts/bench-packages.sh")


def main() -> None:
    """Measure, keep the figures beside this file, and say which goals are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repository", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 accounts, 24 saves, small logs")
    parser.add_argument("--json", action="store_true", help="figures for machines on standard output")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts", metavar="PART")
    asked = parser.parse_args()
    scale, record = (QUICK if asked.quick else FULL), Record()
    with tempfile.TemporaryDirectory(prefix="backupserv-bench-") as name, Launcher() as launcher:
        bench = Bench(folder=Path(name), launcher=launcher, record=record, say=_say)
        programs = measure(bench, scale, asked.only)
    promised = goals(record, accounts=scale.accounts)
    text = json.dumps(results(record, scale, programs, promised), indent=1)
    kept = Path(__file__).with_name("results-quick.json" if asked.quick else "results.json")
    if asked.only == PARTS:
        kept.write_text(text + "\n")
    if asked.json:
        print(text)
    else:
        show(record, promised)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
