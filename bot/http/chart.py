"""A figure over time as a small picture: its line, its lowest, its highest and its last value. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.http.span import Span, fitting

WIDTH, HEIGHT = 240, 56  # units of the picture
_TOP, _BOTTOM = 5.0, 51.0
_LEAST = 0.05  # of the highest value: what is lost and is less than that is no cliff in the picture
_DASH = 4.0  # units: what a single value is drawn as


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value at a moment. `failed`: it was a try that came to nothing."""

    at: datetime
    value: float
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One drawn figure."""

    title: str  # "size"
    span: Span
    last: str  # the newest value, as people read it
    low: str
    high: str
    line: str  # paths
    area: str  # "" where there is one value alone, and so no line
    failed: str
    failures: int

    @property
    def between(self) -> str:
        """Its lowest and its highest: "11,960 to 13,372"."""
        if not self.area:
            return "no other yet"
        return f"always {self.low}" if self.low == self.high else f"{self.low} to {self.high}"

    @property
    def told(self) -> str:
        """The picture in words."""
        wrong = f", {self.failures:,} failed" if self.failures else ""
        return f"In the last {self.span.name}: {self.between}, the last {self.last}{wrong}."


def draw_chart(
    title: str, points: Sequence[Point], now: datetime, show: Callable[[float], str], *, zero: bool = False
) -> Chart | None:
    """Points, oldest first, over the time that they fill; None without any that came to something.

    A cell has one value at most: the highest where `zero` is the ground, else the last.
    """
    span = fitting(points[0].at if points else None, now)
    good: dict[int, float] = {}
    failed: dict[int, int] = {}
    last: float | None = None
    for point in points:
        place = span.cell(point.at, now)
        if place is None:
            continue
        if point.failed:
            failed[place] = failed.get(place, 0) + 1
            continue
        good[place] = max(good.get(place, 0.0), point.value) if zero else point.value
        last = point.value
    if last is None:
        return None
    low, high = min(good.values()), max(good.values())
    line = _line(_placed(good, span, 0.0 if zero else low, high))
    return Chart(
        title=title,
        span=span,
        last=show(last),
        low=show(low),
        high=show(high),
        line="M" + "L".join(line),
        area=f"M{line[0].split()[0]} {HEIGHT}L{'L'.join(line)}L{line[-1].split()[0]} {HEIGHT}z"
        if len(good) > 1
        else "",
        failed="".join(f"M{_across(place, span):g} 40h3v9h-3zm0 11h3v4h-3z" for place in sorted(failed)),
        failures=sum(failed.values()),
    )


def _placed(values: dict[int, float], span: Span, low: float, high: float) -> list[tuple[float, float]]:
    """Where each stands in the picture; what hardly changes stays near the middle, and looks as if it hardly did."""
    lack = max(0.0, high * _LEAST - (high - low))
    low, height = low - lack / 2, high - low + lack
    share = {place: (value - low) / height if height else 0.5 for place, value in values.items()}
    return [(_across(place, span), _BOTTOM - (_BOTTOM - _TOP) * share[place]) for place in sorted(values)]


def _across(place: int, span: Span) -> float:
    return round((place + 0.5) / span.cells * WIDTH, 1)


def _line(placed: Sequence[tuple[float, float]]) -> list[str]:
    if len(placed) == 1:
        ((across, down),) = placed
        placed = [(max(0.0, across - _DASH), down), (across, down)]
    return [f"{across:g} {down:.1f}" for across, down in placed]
