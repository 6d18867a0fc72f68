"""What became of a job's times: which of them are met, and whether one is due. Pure: clock and calendar are asked for.

Each time is met by exactly one run. A run meets every time before it, so what was missed is caught up by one run,
however often it was missed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

After = Callable[[datetime], datetime | None]
"""The first time of a calendar after a moment; None where none comes any more."""

_STEP_BACK = timedelta(hours=3)  # a clock that was set back by no more than that repeats nothing
_MOST_CUTS = 2  # a run that was cut short that often, one after the other, waits for its next time: it may be why
_MOST_COUNTED = 1000  # missed times
_LONGEST = 300  # characters of what came of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Of one job."""

    job: str
    when: str  # as it was told when this was written: another calendar has other times
    met_until: datetime  # aware, UTC, as all of them: every time up to here is met
    begun_at: datetime | None = None  # the last run
    ended_at: datetime | None = None  # None while it runs, or where it was cut short
    good: bool | None = None
    detail: str = ""  # one line: what came of it
    cuts: int = 0  # runs in a row that never ended

    @property
    def was_cut_short(self) -> bool:
        """Whether a run began and did not end; asked of what an earlier process left behind."""
        return self.begun_at is not None and self.ended_at is None


def first(job: str, when: str, now: datetime) -> Occasion:
    """Of a job that is new: nothing of the past is owed."""
    return Occasion(job=job, when=when, met_until=now)


def steadied(occasion: Occasion, when: str, after: After, now: datetime) -> Occasion:
    """The same where calendar and clock are what they were; else begun anew from now on.

    A clock that was set back: by a little, and the times that come again are met already; by more, and waiting for
    them would leave the job undone for too long.
    """
    if occasion.when != when:
        return replace(occasion, when=when, met_until=now)
    ahead = occasion.met_until - now
    if ahead <= timedelta():
        return occasion
    one = after(occasion.met_until)
    other = after(one) if one is not None else None
    if one is not None and other is not None and ahead <= min(_STEP_BACK, other - one):
        return occasion
    return replace(occasion, met_until=now)


def begun(occasion: Occasion, now: datetime) -> Occasion:
    """A run begins: all times until now are met by it."""
    return replace(
        occasion,
        met_until=max(occasion.met_until, now),
        begun_at=now,
        ended_at=None,
        good=None,
        detail="",
        cuts=occasion.cuts + 1,
    )


def ended(occasion: Occasion, now: datetime, *, good: bool, detail: str) -> Occasion:
    """It has come to its end."""
    return replace(occasion, ended_at=now, good=good, detail=" ".join(detail.split())[:_LONGEST], cuts=0)


def owed(occasion: Occasion) -> datetime | None:
    """When a run began that was cut short and is owed again; asked once, when a process starts."""
    if occasion.was_cut_short and occasion.cuts < _MOST_CUTS:
        return occasion.begun_at
    return None


def missed(occasion: Occasion, after: After, now: datetime) -> tuple[datetime, int] | None:
    """The last time that is not met and lies before `now`, and how many there are; None where there is none."""
    count, last, moment = 0, None, after(occasion.met_until)
    while moment is not None and moment <= now and count < _MOST_COUNTED:
        count, last, moment = count + 1, moment, after(moment)
    return (last, count) if last is not None else None
