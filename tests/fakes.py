"""Fakes that stand at ports: a clock that is set by hand, a progress that remembers."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class FakeClock:
    """A clock that goes on only when it is told to, or when somebody sleeps."""

    time: datetime = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    elapsed: float = 0.0

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.elapsed += seconds


@dataclass
class RecordingProgress:
    """Every step that was told, in order."""

    steps: list[str] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.steps.append(text)
