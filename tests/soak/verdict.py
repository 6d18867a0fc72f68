"""What a soak came to: is memory flat, is nothing leaked, is the lag bounded?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from tests.soak.program import Weight

T = TypeVar("T")

_MEMORY, _MEMORY_SHARE = 2 << 20, 0.01  # bytes, and of what it was: what an allocator may take for itself
_FEW = 3  # open files, threads: what happens to be at work in that moment
LAG = 10.0  # seconds from a save to its copy


@dataclass(slots=True, kw_only=True)
class Soak:
    """All that was seen."""

    weights: list[Weight] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)  # of the bot's loop, as it tells them
    lags: list[float] = field(default_factory=list)  # seconds, of each copy of a save
    saves: int = 0
    copies: int = 0
    commands: int = 0
    unanswered: list[str] = field(default_factory=list)
    breaks: int = 0  # how often the link was cut

    def failures(self) -> list[str]:
        """What was promised and is not so."""
        early, late = _quarter(self.weights, 1), _quarter(self.weights, 3)
        found = []
        was, now = (median(item.memory for item in part) for part in (early, late))
        if now > was * (1 + _MEMORY_SHARE) + _MEMORY:
            found.append(f"memory grew from {was / 1e6:.0f} to {now / 1e6:.0f} MB")
        for name, before, after in (
            ("open files", [item.files for item in early], [item.files for item in late]),
            ("threads", [item.threads for item in early], [item.threads for item in late]),
            ("tasks", _quarter(self.tasks, 1), _quarter(self.tasks, 3)),
        ):
            if before and median(after) > median(before) + _FEW:
                found.append(f"{name} grew from {median(before):.0f} to {median(after):.0f}")
        late_ones = [lag for lag in self.lags if lag > LAG]
        if late_ones:
            worst = f"{max(late_ones):.1f}"
            found.append(f"{len(late_ones)} of {len(self.lags)} copies came later than {LAG:.0f} s: {worst}")
        if self.copies < self.saves:
            found.append(f"{self.saves - self.copies} of {self.saves} saves have no copy")
        return found + self.unanswered

    def told(self) -> list[str]:
        """The figures, in sentences."""
        first, last = self.weights[0], self.weights[-1]
        lags, tasks = sorted(self.lags) or [0.0], self.tasks or [0]
        most = max(item.memory for item in self.weights)
        return [
            f"{self.saves:,} saves, {self.copies:,} copied; lag median {median(lags):.2f} s, at most {lags[-1]:.2f} s",
            f"{self.commands:,} commands, {self.breaks} times the link was cut",
            f"memory {first.memory / 1e6:.0f} MB at first, {last.memory / 1e6:.0f} at last, {most / 1e6:.0f} at most",
            f"open files {first.files} and {last.files}, threads {first.threads} and {last.threads}",
            f"tasks {tasks[0]} and {tasks[-1]}",
        ]


def _quarter(items: Sequence[T], number: int) -> Sequence[T]:
    size = max(1, len(items) // 4)
    return items[number * size : (number + 1) * size] or items[-size:]
