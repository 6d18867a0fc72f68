"""What is said of jobs that run later than they should: one notice for all that begin together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.timetable import Due
from core.domain.moment import show
from core.domain.notice import Trouble
from core.operations.engine import Engine

_WORTH_A_WARNING = timedelta(hours=1)
ON_TIME = ""
DOWN = "was missed while the bot was down"
SLEPT = "was missed while this machine slept, or its clock was set"
PAUSED = "was paused"
CUT_SHORT = "was cut short"
AT_WORK = "was still at work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A job that begins now, and what kept it from beginning before."""

    job: str
    due: Due
    why: str

    def __str__(self) -> str:
        times = f" and {self.due.times - 1} times before" if self.due.times > 1 else ""
        return f"{self.job}, due {show(self.due.at)}{times}, {self.why}; it runs now, once"


def told(engine: Engine, begun: Sequence[Late]) -> None:
    """To people."""
    slow = [item for item in begun if item.why == AT_WORK]
    engine.teller.of_schedule(map(_too_slow, slow), [f"slow/{item.job}" for item in begun if item.why == ON_TIME])
    late = [item for item in begun if item.why not in {ON_TIME, AT_WORK}]
    if not late:
        return
    lines = [str(item) for item in late]
    grave = any(item.due.late > _WORTH_A_WARNING for item in late)
    title = lines[0] if len(lines) == 1 else f"{len(lines)} jobs of the schedule were missed, and run now, once each"
    detail = "\n".join(lines) if len(lines) > 1 else ""
    engine.teller.happened("warning" if grave else "info", title, cause="schedule", detail=detail)


def _too_slow(item: Late) -> Trouble:
    return Trouble(
        cause=f"slow/{item.job}",
        gravity="warning",
        title=f"{item.job} takes longer than the time between two of its runs",
        detail="Each run meets all times before it: none is doubled, and some are late.",
        suggestion="!schedule",
    )
