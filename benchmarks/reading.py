"""How long the start takes, and reading and checking a database, with the memory: each in a program of its own."""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.cli.template import EXAMPLE, render
from core.formats.atheme import examine, parse

WORKS = ("parse", "examine")
# The program with its configuration read: what every verb costs before it does anything.
_START = "import sys, pathlib, bot.cli.main, bot.cli.guard, bot.wiring; bot.config.parse(sys.argv[1])"


def measure_here(work: str, database: Path) -> dict[str, float]:
    """Do one of `WORKS` in this program. Seconds are of the processor; memory is the most that was ever held."""
    content = database.read_bytes()
    began = time.process_time()
    rows = len(parse(content).rows) if work == "parse" else examine(content, casemapping="rfc1459")[0]["rows"]
    seconds = time.process_time() - began
    return {"bytes": len(content), "rows": rows, "seconds": round(seconds, 3), "peak_megabytes": _peak_megabytes()}


def _peak_megabytes() -> int:
    """What this program alone ever held: getrusage also counts what its parent held when it was started."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) // 1024


def measure(work: str, database: Path) -> dict[str, float]:
    """Do one of `WORKS` in a fresh program, whose memory holds nothing else."""
    words = [sys.executable, "-m", "benchmarks.reading", "--here", work, str(database)]
    figures: dict[str, float] = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return figures


def measure_start(*, runs: int = 20) -> float:
    """Seconds of the processor until the engine could be built from a configuration: the median of whole programs."""
    words = [sys.executable, "-c", _START, render(EXAMPLE)]
    return statistics.median(_seconds(words) for _ in range(runs))


def _seconds(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure a file, or a generated town."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("database", type=Path, nargs="?", help="a services.db; left out: a generated one")
    parser.add_argument("--accounts", type=int, default=50_000, help="of the generated one: 50,000 make 40 MB")
    parser.add_argument("--here", choices=WORKS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        print(json.dumps(measure_here(asked.here, asked.database)))
        return
    print(f"{'start':<16}{measure_start():>21.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        if asked.database is None:
            words = [sys.executable, "-m", "benchmarks.town", folder, "--accounts", str(asked.accounts)]
            subprocess.run(words, check=True)
        for work in WORKS:
            figures = measure(work, asked.database or Path(folder, "before.db"))
            print(
                f"{'parse' if work == 'parse' else 'parse and check':<16}{figures['rows']:>9,.0f} rows"
                f"{figures['seconds']:>7.2f} s{figures['peak_megabytes']:>6.0f} MB"
            )


if __name__ == "__main__":
    main()
