"""A snapshot that takes much longer than it does, or far more of them than there are in a day."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median

from core.domain.notice import Trouble
from core.domain.run import Run

LONGEST = 300.0  # seconds: from here on it is slow, whatever is usual
_TIMES = 3  # the usual
_NOTHING = 10.0  # seconds: below it nobody waits, however often the usual it is
_USUAL_OF = 50  # runs before it
_LEAST = 5  # of fewer nothing is usual
_DAY = timedelta(days=1)
_WEEK = 7
_CROWD = 100  # snapshots of a day, beyond which more than usual may be too many


def look_at_pace(
    sources: Iterable[str], runs: Callable[[], Sequence[Run]], now: Callable[[], datetime]
) -> Iterator[Trouble]:
    """Each source whose last snapshot was slow, or that has far too many. What was not new says nothing."""
    everything = [run for run in runs() if run.verb == "backup" and run.good and run.new]
    for source in sources:
        mine = [run.seconds for run in reversed(everything) if run.what == source][: _USUAL_OF + 1]
        if mine and (why := slow(mine[0], mine[1:])):
            yield Trouble(
                cause=f"pace/{source}",
                gravity="warning",
                title=f"the last snapshot of {source} took {mine[0]:,.0f} s: {why}",
                detail="Is a disk failing, a link slow, or is there much more to read?",
                suggestion="!jobs",
            )
        if many := crowd([run.at for run in everything if run.what == source], now()):
            yield Trouble(
                cause=f"pace/{source}/many",
                gravity="warning",
                title=f"{source}: {many}",
                detail="Somebody, or a program that runs wild, makes snapshots so that good ones fall out.",
                suggestion=f"!snapshots {source} 20",
            )


def slow(seconds: float, before: Sequence[float]) -> str:
    """Why that was slow after runs that took so long, the newest first; or "".

    What is slow once a week, as a full snapshot may be, is no news: also the longest before it counts.
    """
    if len(before) >= _LEAST and seconds > _NOTHING:
        usual = median(before)
        if seconds > _TIMES * usual and seconds > max(before):
            return f"the usual is {usual:,.1f} s"
    return f"more than {LONGEST:,.0f} s" if seconds > LONGEST else ""


def crowd(taken: Sequence[datetime], now: datetime) -> str:
    """Why there were too many in the last day, by those of the week before; or ""."""
    days = [sum(_DAY * place <= now - moment < _DAY * (place + 1) for moment in taken) for place in range(_WEEK + 1)]
    today, before = days[0], [number for number in days[1:] if number]
    if today <= _CROWD or len(before) < 2 or today <= _TIMES * max(before):  # noqa: PLR2004 — two days say what is usual
        return ""
    return f"{today:,} snapshots in a day, where there were {max(before):,} at most in the week before"
