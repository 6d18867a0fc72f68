"""What waited too long arrives as one notice: after an outage nobody reads two hundred. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from core.domain.moment import show
from core.domain.notice import GRAVITIES, Notice

MERGED = "outbox/merged"
FEWEST = 20  # fewer are told one by one, however old
_OLD = timedelta(minutes=15)
_LISTED = 15  # titles in the text


def run_to_merge(waiting: Sequence[Notice], now: datetime, *, crowded: bool) -> int:
    """How many of the first in the queue become one; 0 = none of them.

    Emergencies are never merged. `crowded`: whatever their age.
    """
    if not waiting or not may_merge(len(waiting), waiting[0].at, now, crowded=crowded):
        return 0
    run = list(takewhile(lambda item: item.gravity != "emergency", waiting))
    return len(run) if len(run) >= FEWEST else 0


def may_merge(number: int, oldest_at: datetime, now: datetime, *, crowded: bool) -> bool:
    """Whether so many that wait, the first since then, are worth a look."""
    return number >= FEWEST and (crowded or abs(now - oldest_at) >= _OLD)


def merged(run: Sequence[Notice], id_: str) -> Notice:
    """One notice that stands for all of them, with the times at which they were."""
    number = sum(item.stands_for for item in run)
    worst = max(run, key=lambda item: GRAVITIES.index(item.gravity))
    last = max(item.at for item in run)
    lines = [line for item in run for line in _lines(item)]
    return Notice(
        id=id_,
        cause=MERGED,
        state="told",
        gravity=worst.gravity,
        title=f"{number:,} notices waited from {show(run[0].at)} to {show(last)}, the worst: {_title(worst)}",
        detail="\n".join([*lines[:_LISTED], *_rest(number, len(lines))]),
        suggestion="!status",
        at=run[0].at,
        stands_for=number,
    )


def _title(item: Notice) -> str:
    """Of the worst of what was merged before, that is the end of its own title."""
    return item.title.rpartition("the worst: ")[2] if item.cause == MERGED else item.title


def _lines(item: Notice) -> list[str]:
    if item.cause == MERGED:
        return [line for line in item.detail.splitlines() if not line.startswith("… ")]
    return [f"{show(item.at)} {item.headline}"]


def _rest(number: int, told: int) -> list[str]:
    left = number - min(told, _LISTED)
    return [f"… and {left:,} more: `backupserv notices` lists them"] if left else []
