"""How far back a picture looks, and in how many steps. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time that ends now, in cells of the same length."""

    name: str  # "30 days"
    length: timedelta
    cells: int

    def cell(self, moment: datetime, now: datetime) -> int | None:
        """In which cell a moment is; None outside. What a clock that stepped put into the future is the newest."""
        age = max(timedelta(), now - moment)
        if age >= self.length:
            return None
        return self.cells - 1 - int(age / self.length * self.cells)


DAY = Span(name="24 hours", length=timedelta(days=1), cells=96)
SPANS = (
    DAY,
    Span(name="7 days", length=timedelta(days=7), cells=84),
    Span(name="30 days", length=timedelta(days=30), cells=120),
    Span(name="12 months", length=timedelta(days=366), cells=122),
)


def fitting(oldest: datetime | None, now: datetime) -> Span:
    """The shortest that reaches back to the oldest, or the longest there is."""
    if oldest is None:
        return DAY
    return next((span for span in SPANS if now - oldest < span.length), SPANS[-1])
