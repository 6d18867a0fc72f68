"""A snapshot that takes much longer than it does: a disk that is failing, a network that is slow, a tree that grew."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median

from core.domain.notice import Trouble
from core.domain.run import Run

LONGEST = 300.0  # seconds: from here on it is slow, whatever is usual
_TIMES = 3  # the usual
_NOTHING = 10.0  # seconds: below it nobody waits, however often the usual it is
_USUAL_OF = 50  # runs before it
_LEAST = 5  # of fewer nothing is usual


def look_at_pace(sources: Iterable[str], runs: Callable[[], Sequence[Run]]) -> Iterator[Trouble]:
    """Each source whose last snapshot was slow. A look that found nothing new says nothing about the pace."""
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


def slow(seconds: float, before: Sequence[float]) -> str:
    """Why that was slow after runs that took so long, the newest first; or "".

    What is slow once a week, as a full snapshot may be, is no news: also the longest before it counts.
    """
    if len(before) >= _LEAST and seconds > _NOTHING:
        usual = median(before)
        if seconds > _TIMES * usual and seconds > max(before):
            return f"the usual is {usual:,.1f} s"
    return f"more than {LONGEST:,.0f} s" if seconds > LONGEST else ""
