"""The repository against restic and borg: the same saves and logs, in the same run, as whole processes."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.day import Day, measure_clock
from benchmarks.goals import Goal, goals, table
from benchmarks.launcher import Launcher
from benchmarks.ours import Kind, Ours
from benchmarks.programs import OURS, PEERS, Program, answer, find_faketime, missing
from benchmarks.record import Bench, Record
from benchmarks.trees import measure_logs


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


class Stage:
    """The parts of the benchmark, in the order in which they are measured."""

    def __init__(self, bench: Bench, scale: Scale) -> None:
        self._bench = bench
        self._scale = scale
        self._day = Day(bench, "day", accounts=scale.accounts)
        self._watched: list[tuple[str, Path, Kind]] = []  # what the loop's lag is measured on
        self.programs = self._day.programs

    def clock(self) -> None:
        """What it costs that all see the town's time."""
        measure_clock(self._bench, self.programs, times=self._scale.times)

    def day(self) -> None:
        """Saves, and what is done with them."""
        self._day.live_through(self._scale.saves, somebody_at=self._scale.old)
        self._day.restore(times=self._scale.times)
        self._day.one_account(times=self._scale.times)
        self._day.verify()

    def logs(self) -> None:
        """A tree of files that only grow."""
        logs = measure_logs(self._bench, size=self._scale.logs, times=self._scale.times)
        self._watched.append(("logs", logs.watched, "files"))

    def large(self) -> None:
        """Memory, above all."""
        if self._scale.large:
            large = Day(self._bench, "large", accounts=self._scale.large)
            large.live_through(4)
            large.restore(times=1)
            large.verify()
            self._watched.append(("large", large.database, "atheme"))

    def lag(self) -> None:
        """A first backup into a new repository, in a program that runs an event loop."""
        for about, path, kind in self._watched:
            self._bench.say(f"lag, {about}")
            ours = Ours(self._bench.folder / f"lag-{about}", path, kind)
            ours.set_up()
            words = [sys.executable, "-m", "benchmarks.lag", str(ours.config)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                self._bench.refuse(f"lag {about}", OURS, " ".join(done.stderr.strip().splitlines()[-2:]))
            else:
                figures = json.loads(done.stdout)
                self._bench.record.facts.update({f"lag {about}/{name}": value for name, value in figures.items()})


PARTS: dict[str, Callable[[Stage], None]] = {
    "clock": Stage.clock,
    "day": Stage.day,
    "logs": Stage.logs,
    "large": Stage.large,
    "lag": Stage.lag,
}


def results(record: Record, scale: Scale, programs: Sequence[Program]) -> dict[str, object]:
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
        "goals": [goal.as_dict() for goal in goals(record, accounts=scale.accounts)],
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
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        metavar="PART",
        help=f"some of {', '.join(PARTS)}; lag goes by logs and large",
    )
    parser.add_argument("--against", nargs="*", choices=PEERS, default=PEERS, metavar="PEER", help="default: both")
    asked = parser.parse_args()
    scale, record = (QUICK if asked.quick else FULL), Record()
    kept = Path(__file__).with_name("results-quick.json" if asked.quick else "results.json")
    text = ""
    with tempfile.TemporaryDirectory(prefix="backupserv-bench-") as name, Launcher() as launcher:
        stage = Stage(
            Bench(folder=Path(name), launcher=launcher, record=record, say=_say, against=asked.against), scale
        )
        for part in asked.only or PARTS:
            PARTS[part](stage)
            text = json.dumps(results(record, scale, stage.programs), indent=1)
            if not asked.only:  # after each part: what is cut short keeps what it has
                kept.write_text(text + "\n")
    if asked.json:
        print(text)
    else:
        show(record, goals(record, accounts=scale.accounts))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
