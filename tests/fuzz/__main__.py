"""`make fuzz MINUTES=10`: all of it for so long, coverage-guided where atheris is there; says what it came to.

What fails is kept by hypothesis, and the short tests play it back and make it small.
"""

import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

from tests.fuzz.household import settings_of
from tests.fuzz.parsers import PARSERS
from tests.fuzz.test_fuzz_identity import identity
from tests.fuzz.test_fuzz_orders import furnished, orders
from tests.fuzz.test_fuzz_parsers import parsing
from tests.fuzz.test_fuzz_whole_bot import whole_bot

ROOT = Path(__file__).parents[2]
GUIDED = ROOT / ".venv-fuzz" / "bin" / "python"
SLICE = 4.0  # seconds for one target, then comes the next
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


class Target:
    """One thing that is fuzzed, and how it went."""

    def __init__(self, name: str, make: Callable[[], Callable[[], None]], weight: int = 1) -> None:
        self.name = name
        self._make = make
        self._weight = weight
        self._rate = 5.0
        self.executions = 0
        self.failures: list[str] = []

    def run_slice(self) -> None:
        """For a few seconds."""
        examples = max(10, min(5000, int(self._rate * SLICE * self._weight)))
        check = self._make()
        inner = check.hypothesis.inner_test  # type: ignore[attr-defined]  # hypothesis' own way in, for runners

        def counted(*args: object, **more: object) -> None:
            self.executions += 1
            inner(*args, **more)

        check.hypothesis.inner_test = counted  # type: ignore[attr-defined]  # same
        before, began = self.executions, time.time()
        patient = settings(
            max_examples=examples, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck)
        )
        try:
            patient(check)()
        except Exception as error:
            self.failures.append(f"{self.name}: {error!r} {getattr(error, '__notes__', '')}")
        self._rate = (self.executions - before) / max(0.1, time.time() - began)


def targets(folder: Path) -> list[Target]:
    """Everything that there is."""
    home, lived_in = settings_of(folder / "home"), settings_of(folder / "lived-in")
    furnished_home = furnished(lived_in)
    whole = [
        Target("the whole bot", partial(whole_bot, home), 4),
        Target("intrigues", partial(identity, home), 2),
        Target("orders", partial(orders, furnished_home), 2),
    ]
    return whole + [Target(parser.__name__, partial(parsing, parser)) for parser in PARSERS]


def main() -> int:
    """Round and round; 1 where anything failed."""
    seconds = int(float(sys.argv[1]) * 60)
    logging.getLogger().addHandler(logging.NullHandler())
    guided = _guided(seconds) if GUIDED.exists() else None
    deadline = time.time() + seconds
    with tempfile.TemporaryDirectory() as folder:
        all_targets = targets(Path(folder))
        while time.time() < deadline:
            for target in all_targets:
                if time.time() < deadline and not target.failures:
                    target.run_slice()
    for target in all_targets:
        print(f"{target.executions:9,}  {target.name}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:9,}  MiB at most")
    failures = [failure for target in all_targets for failure in target.failures]
    if guided is not None:
        output = guided.communicate()[0]
        print("\n".join(line for line in output.splitlines() if line.startswith(("Done", "stat::"))))
        failures += [output[-4000:]] if guided.returncode else []
    else:
        print("NOT HERE, so the parsers were not fuzzed by coverage: atheris (sh scripts/fuzz.sh)")
    print(json.dumps(failures, indent=1, ensure_ascii=False) if failures else "no exception, and no promise broken")
    return 1 if failures else 0


def _guided(seconds: int) -> "subprocess.Popen[str]":
    words = [
        str(GUIDED),
        "-m",
        "tests.fuzz.guided",
        f"-max_total_time={seconds}",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


if __name__ == "__main__":
    sys.exit(main())
