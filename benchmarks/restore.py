"""How long services are down while one account comes back, step by step, on a database of any size."""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.stage import Program, make_engine, services
from benchmarks.stopwatch import REHEARSE, START, STOP, Silent, Stopwatch
from core.operations.engine import Engine
from core.registrations.wish import Target
from tests.lab.real import find_program

RESULTS = Path(__file__).with_name("results-restore.json")
PLAN, RESTORE = "plan", "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call to the outside: when it began (0 = !confirm; before it: the plan), and how long it took."""

    name: str
    at: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All figures of one restore. Seconds."""

    accounts: int
    bytes: int
    services: str
    machine: str
    plan: float
    restore: float  # from !confirm to the end
    down: float  # from the moment in which services are told to go until they are started again on the new file
    stop: float  # of `down`: their own stop, in which they save
    rehearsal: float  # of `down`
    start: float  # behind `down`: until they answer, or have lived for a moment
    steps: Mapping[str, float]  # the restore's own account
    calls: tuple[Call, ...]
    peak_megabytes: int


def measure(accounts: int, *, real: bool) -> Result:
    """One town, one backup, one account dropped, one restore."""
    with tempfile.TemporaryDirectory(prefix="backupserv-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the real program is another user
        # By a program of its own, so that the memory it takes is not ours.
        words = [sys.executable, "-m", "benchmarks.town", name, "--accounts", str(accounts)]
        subprocess.run(words, check=True)
        watch = Stopwatch()
        with services(folder, (folder / "before.db").read_bytes(), real=real) as program:
            engine = make_engine(folder, program, watch)
            program.control.start()
            engine.back_up(reason="benchmark", progress=Silent())
            program.control.stop()
            program.database.write_bytes((folder / "after.db").read_bytes())
            program.control.start()
            watch.spans.clear()
            steps = _bring_back(engine, (folder / "dropped.txt").read_text(), watch)
            return _result(watch, steps, accounts=accounts, program=program)


def _bring_back(engine: Engine, nick: str, watch: Stopwatch) -> Mapping[str, float]:
    """Plan and restore; returns the restore's own account of its steps."""
    with watch.measure(PLAN):
        plan = engine.plan_restore(Target(kind="account", name=nick), progress=Silent())
    with watch.measure(RESTORE):
        report = engine.restore(plan, by="benchmark", progress=Silent())
    return dict(report.steps)


def _result(watch: Stopwatch, steps: Mapping[str, float], *, accounts: int, program: Program) -> Result:
    stop, start = watch.last(STOP), watch.last(START)
    plan, restore = watch.last(PLAN), watch.last(RESTORE)
    calls = [span for span in watch.spans if span not in {plan, restore}]
    return Result(
        accounts=accounts,
        bytes=program.database.stat().st_size,
        services=program.name,
        machine=f"{os.cpu_count()} cores, Python {platform.python_version()}",
        plan=plan.seconds,
        restore=restore.seconds,
        down=start.begun - stop.begun,
        stop=stop.seconds,
        rehearsal=sum(span.seconds for span in calls if span.name == REHEARSE),
        start=restore.ended - start.begun,
        steps=steps,
        calls=tuple(Call(name=span.name, at=span.begun - restore.begun, seconds=span.seconds) for span in calls),
        peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def show(result: Result) -> None:
    """For people."""
    print(f"{result.accounts:,} accounts, {result.bytes:,} bytes, {result.services}, {result.machine}\n")
    for text, seconds in (
        ("plan", result.plan),
        ("services down, until they are started again", result.down),
        ("  of which their own stop", result.stop),
        ("  of which the rehearsal in the real program", result.rehearsal),
        ("their own start", result.start),
        ("restore, from !confirm to the end", result.restore),
    ):
        print(f"{text:<55}{seconds:>8.2f} s")
    print(f"{'peak memory':<55}{result.peak_megabytes:>8} MB")
    print("\nthe restore's own account of its steps")
    for text, seconds in result.steps.items():
        print(f"  {text:<53}{seconds:>8.2f} s")
    print("\ncalls to the outside, and when they began (0 = !confirm; before it: the plan)")
    for call in result.calls:
        print(f"  {call.at:>8.2f}  {call.name:<43}{call.seconds:>8.2f} s")


def main() -> None:
    """Measure, show, and keep the figures beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__)
    parser.add_argument("--accounts", type=int, default=50_000, help="50,000 make 40 MB")
    parser.add_argument("--stand-in", action="store_true", help="without the real atheme-services, though it is here")
    parser.add_argument("--json", action="store_true", help="figures for machines")
    asked = parser.parse_args()
    result = measure(asked.accounts, real=not asked.stand_in and find_program("atheme-services") is not None)
    text = json.dumps(asdict(result), indent=1)
    RESULTS.write_text(text + "\n")
    if asked.json:
        print(text)
    else:
        show(result)


if __name__ == "__main__":
    main()
