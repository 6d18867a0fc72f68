"""Hours, days, weeks, months and years, in UTC, and which snapshot stands for each of them.

The first one of a bucket stands for it, not the last:

- Nothing that is added later takes its place. Whoever can make snapshots of a ruined database, an hour or a day long,
  adds to buckets that have their snapshot already; with the last one of each, theirs would be what is kept.
- It never changes: what is kept today as the first of the month is what is kept in a year.
- The first of an hour, a day, a week is what the others of that time are deltas against, so it must stay anyway.

First is by sequence. A time only says which bucket: clocks step. One that was seen to be damaged stands for a bucket
only where nothing else does.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

from core.domain.snapshot import Snapshot

Span = Literal["hourly", "daily", "weekly", "monthly", "yearly"]
Firsts = dict[Span, dict[str, Snapshot]]  # the name of each bucket, and who stands for it


def _week(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year:04}-W{week:02}"


# Names that sort as their times do.
_NAMES: Mapping[Span, Callable[[datetime], str]] = {
    "hourly": lambda moment: moment.isoformat(" ")[:13] + "h",
    "daily": lambda moment: moment.isoformat()[:10],
    "weekly": _week,
    "monthly": lambda moment: moment.isoformat()[:7],
    "yearly": lambda moment: moment.isoformat()[:4],
}
SPANS: tuple[Span, ...] = tuple(_NAMES)


def bucket(span: Span, snapshot: Snapshot) -> str:
    """Its hour, day …: "2026-11-23 14h", "2026-11-23", "2026-W48", "2026-11", "2026"."""
    return _NAMES[span](snapshot.taken_at.astimezone(UTC))


def first_of_each(snapshots: Iterable[Snapshot], damaged: Collection[str]) -> Firsts:
    """Who stands for each bucket of each span, of snapshots that come in the order of their sequence."""
    firsts: Firsts = {span: {} for span in SPANS}
    for snapshot in snapshots:
        for span, first in firsts.items():
            name = bucket(span, snapshot)
            before = first.setdefault(name, snapshot)
            if before.id in damaged and snapshot.id not in damaged:
                first[name] = snapshot
    return firsts
