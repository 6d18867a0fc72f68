"""What a network wants of its copies, and what was measured: how much may be lost, and how soon all is back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from core.domain.score import Kept

WHOLE = "network"  # what is measured of everything at once
_LATELY = timedelta(days=1)
_SLACK = 20  # a twentieth beyond is met still: a daily job on the day when clocks go back comes after 25 hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """`window` (RPO): what is newer than this may be lost. `recovery` (RTO): within this it should be back."""

    window: timedelta = timedelta(hours=1)
    recovery: timedelta = timedelta(hours=1)


_DAY = Objective(window=timedelta(hours=24), recovery=timedelta(hours=24))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aims:
    """What the configuration wants, and what it says of the places where copies are kept."""

    living: Objective = Objective()  # what users do all day: accounts, channels, an IRCd's databases
    configuration: Objective = _DAY
    whole: Objective = _DAY
    sources: Mapping[str, Objective] = field(default_factory=dict)  # what holds for one alone
    places: tuple[Kept, ...] = ()

    def of(self, source: str, *, living: bool) -> Objective:
        """What holds for a source."""
        return self.sources.get(source) or (self.living if living else self.configuration)

    def is_too_late(self, source: str, seconds: float, *, living: bool) -> bool:
        """Whether a copy of it that is so far behind would lose more than allowed."""
        return _is_within(seconds, self.of(source, living=living).window) is False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """How long it took to bring something back, the last time that it was tried."""

    by: Literal["drill", "recovery"]
    at: datetime  # aware, UTC: when it began
    seconds: float
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One source, or the whole network (`WHOLE`), against its objective. None: nothing is known of it."""

    what: str
    objective: Objective
    age_seconds: float | None  # since the source was last known to be what a good copy holds
    window_seconds: float | None  # the longest such time of the last day: so much would have been lost at worst
    recovered: Recovered | None

    @property
    def age_met(self) -> bool | None:
        """Whether no more than allowed would be lost now."""
        return _is_within(self.age_seconds, self.objective.window)

    @property
    def window_met(self) -> bool | None:
        """Whether that was so all of the last day."""
        return _is_within(self.window_seconds, self.objective.window)

    @property
    def recovery_met(self) -> bool | None:
        """Whether it came back in time, the last time that it was tried. What did not come back is not met."""
        if self.recovered is None:
            return None
        return self.recovered.good and self.recovered.seconds <= self.objective.recovery.total_seconds()

    @property
    def window(self) -> str:
        """For people: "window 5m, target 60m"; "" where there is no copy."""
        if self.window_seconds is None:
            return ""
        missed = "" if self.window_met else " MISSED"
        return f"window {short(self.window_seconds)}, target {_target(self.objective.window)}{missed}"

    @property
    def recovery(self) -> str:
        """For people: "drill 41s (target 1h)", or "never drilled"."""
        if self.recovered is None:
            return "never drilled"
        took = short(self.recovered.seconds) if self.recovered.good else "FAILED"
        missed = " MISSED" if self.recovered.good and not self.recovery_met else ""
        return f"{self.recovered.by} {took} (target {short(self.objective.recovery.total_seconds())}){missed}"

    @property
    def lost_too_much(self) -> str:
        """A sentence where more than allowed would be lost if this host died now; or ""."""
        if self.age_seconds is None or self.age_met or self.what == WHOLE:  # it is as old as the oldest of its sources
            return ""
        allowed = short(self.objective.window.total_seconds())
        return f"{self.what} was last saved {short(self.age_seconds)} ago, and no more than {allowed} may be lost"

    @property
    def took_too_long(self) -> str:
        """A sentence where it would not be back in time, by the last time that it was tried; or ""."""
        if self.recovered is None or self.recovery_met:
            return ""
        done, wanted = self.recovered, short(self.objective.recovery.total_seconds())
        if not done.good:
            return f"the last {done.by} of {self.what} failed ({done.at:%Y-%m-%d %H:%M}Z)"
        return f"the last {done.by} of {self.what} took {short(done.seconds)}, and it should be back within {wanted}"

    def __str__(self) -> str:
        return f"{self.what}: {self.window or 'no copy yet'} · {self.recovery}"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        done = self.recovered
        return {
            "what": self.what,
            "window_target_seconds": self.objective.window.total_seconds(),
            "window_seconds": _rounded(self.window_seconds),
            "window_met": self.window_met,
            "age_seconds": _rounded(self.age_seconds),
            "age_met": self.age_met,
            "recovery_target_seconds": self.objective.recovery.total_seconds(),
            "recovery_seconds": _rounded(done.seconds) if done is not None else None,
            "recovery_met": self.recovery_met,
            "recovery_measured_by": done.by if done is not None else None,
            "recovery_measured_at": done.at.isoformat() if done is not None else None,
        }


def windows(covered: Iterable[datetime], now: datetime) -> tuple[float | None, float | None]:
    """Seconds since the last moment at which a copy was the whole truth, and the longest such time of the last day."""
    moments = sorted({moment for moment in covered if moment <= now})
    if not moments:
        return None, None
    pairs = zip(moments, [*moments[1:], now], strict=True)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairs if later >= now - _LATELY]
    return (now - moments[-1]).total_seconds(), max(gaps)


def whole(parts: Iterable[Measured], objective: Objective, recovered: Recovered | None) -> Measured:
    """The network is as safe as the worst of its sources."""
    found = list(parts)
    ages, gaps = [item.age_seconds for item in found], [item.window_seconds for item in found]
    return Measured(
        what=WHOLE, objective=objective, age_seconds=_worst(ages), window_seconds=_worst(gaps), recovered=recovered
    )


def missed(measured: Iterable[Measured]) -> list[str]:
    """Sentences about what is missed now. What was never measured is not missed."""
    return [text for item in measured for text in (item.lost_too_much, item.took_too_long) if text]


def short(seconds: float) -> str:
    """In two units at most: "0.4s", "41s", "1m 12s", "1h"."""
    if seconds < 10:  # noqa: PLR2004 — below it tenths say something
        return f"{seconds:.1f}s"
    for size, unit, part, below in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if seconds >= size:
            rest = int(seconds % size // part)
            return f"{int(seconds // size)}{unit}{f' {rest}{below}' if rest else ''}"
    return f"{int(seconds)}s"


def _target(wanted: timedelta) -> str:
    """Windows of an hour are told in minutes, as they are measured."""
    minutes = wanted.total_seconds() / 60
    return f"{minutes:.0f}m" if minutes <= 90 else short(wanted.total_seconds())  # noqa: PLR2004 — an hour and a half


def _is_within(seconds: float | None, wanted: timedelta) -> bool | None:
    return None if seconds is None else seconds <= wanted.total_seconds() * (1 + 1 / _SLACK)


def _worst(found: list[float | None]) -> float | None:
    known = [item for item in found if item is not None]
    return max(known) if known and len(known) == len(found) else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
