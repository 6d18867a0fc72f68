"""What was measured, by part of the benchmark and by program."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.launcher import Launcher, Order, Run
from benchmarks.programs import PEERS, Program


@dataclass(slots=True)
class Record:
    """Figures, and what could not be measured and why."""

    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)  # by part and program
    stored: dict[tuple[str, str], int] = field(default_factory=dict)  # bytes that a part added or left
    refused: dict[tuple[str, str], str] = field(default_factory=dict)  # the program's own words
    facts: dict[str, float] = field(default_factory=dict)  # by name: sizes and lags

    def seconds(self, part: str, name: str) -> float | None:
        """The median, by the clock on the wall."""
        runs = self.runs.get((part, name))
        return statistics.median(run.seconds for run in runs) if runs else None

    def processor(self, part: str, name: str) -> float | None:
        """The median of the processor's seconds."""
        runs = self.runs.get((part, name))
        return statistics.median(run.processor for run in runs) if runs else None

    def peak(self, about: str, name: str) -> float | None:
        """Megabytes: the most in any part of that beginning."""
        runs = [
            run for (part, who), all_of in self.runs.items() if part.startswith(about) and who == name for run in all_of
        ]
        return max((run.megabytes for run in runs), default=None)

    def as_dict(self) -> dict[str, object]:
        """For `results.json`."""
        return {
            "measured": {f"{part} · {name}": _summary(runs) for (part, name), runs in self.runs.items()},
            "stored_bytes": {f"{part} · {name}": size for (part, name), size in self.stored.items()},
            "not_measured": {f"{part} · {name}": words for (part, name), words in self.refused.items()},
            "facts": self.facts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where it is measured: a folder, the launcher, who listens, and who is compared."""

    folder: Path
    launcher: Launcher
    record: Record
    say: Callable[[str], None]
    against: Sequence[str] = PEERS

    def measure(self, part: str, program: Program, order: Order) -> Run | None:
        """Run an order and keep its figures. A refusal is kept in the program's own words, and not asked for again."""
        at = (part, program.name)
        if at in self.record.refused:
            return None
        run = self.launcher.run(order)
        if run.code:
            self.refuse(*at, f"exit {run.code}: {run.said}")
            return None
        self.record.runs.setdefault(at, []).append(run)
        return run

    def refuse(self, part: str, name: str, words: str) -> None:
        """Keep why something could not be measured, without the folder of this run."""
        self.record.refused[part, name] = words.replace(f"{self.folder}/", "")


def stored_bytes(folder: Path) -> int:
    """The sizes of all files in a folder, as `du --apparent-size` counts them."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _summary(runs: list[Run]) -> dict[str, float]:
    seconds = [run.seconds for run in runs]
    return {
        "times": len(runs),
        "median_seconds": round(statistics.median(seconds), 4),
        "total_seconds": round(sum(seconds), 3),
        "longest_seconds": round(max(seconds), 4),
        "median_processor_seconds": round(statistics.median(run.processor for run in runs), 4),
        "peak_megabytes": round(max(run.megabytes for run in runs), 1),
    }
