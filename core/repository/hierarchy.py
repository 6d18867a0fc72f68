"""Which snapshot a new one is a delta against: weekly full ← day ← 6 hours ← hour ← quarter ← every save. Pure.

A chain of deltas would be smallest and would need two thousand objects to restore; this needs six at most.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.domain.snapshot import RANKS, Rank, Snapshot

Period = Literal["week", "day", "6h", "hour", "15min"]
PERIODS: tuple[Period, ...] = ("week", "day", "6h", "hour", "15min")

_TURN: Mapping[Period, Callable[[datetime], tuple[int, ...]]] = {
    "week": lambda at: at.isocalendar()[:2],
    "day": lambda at: (at.year, at.month, at.day),
    "6h": lambda at: (at.year, at.month, at.day, at.hour // 6),
    "hour": lambda at: (at.year, at.month, at.day, at.hour),
    "15min": lambda at: (at.year, at.month, at.day, at.hour, at.minute // 15),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a new snapshot stands: its rank, and what it rests on (None for a full)."""

    rank: Rank
    base: Snapshot | None


FULL = Place(rank="full", base=None)


def choose_place(
    snapshots: Sequence[Snapshot],
    taken_at: datetime,
    *,
    periods: Sequence[Period] = PERIODS,
    distrusted: Collection[str] = (),
) -> Place:
    """The place of a snapshot taken at `taken_at`, after `snapshots` of the same source, oldest first.

    `periods` from the longest to the shortest: a new full for each of the first, then one that rests on it for each
    of the next. None means that every snapshot is a full. A snapshot in `distrusted`, or with one of them or a hole
    beneath it, is no base. Clocks step: a wrong time may choose a dear base, never one that does not open.
    """
    sound = _sound(snapshots, distrusted)
    base: Snapshot | None = None
    for depth, period in enumerate(periods):
        rank: Rank = "full" if depth == 0 or period == "week" else period
        found = _newest(sound, period, taken_at, rank=rank, after=base)
        if found is None:
            return Place(rank=rank, base=base)
        base = found
    return Place(rank="save", base=base) if base is not None else FULL


def _newest(
    sound: Sequence[Snapshot], period: Period, taken_at: datetime, *, rank: Rank, after: Snapshot | None
) -> Snapshot | None:
    """The newest of that rank or before in the same period, no older than the base of the period around it."""
    turn, oldest = _TURN[period], after.sequence if after else 0
    for snapshot in reversed(sound):
        ranked = RANKS.index(snapshot.rank) <= RANKS.index(rank)
        if ranked and snapshot.sequence >= oldest and turn(snapshot.taken_at) == turn(taken_at):
            return snapshot
    return None


def _sound(snapshots: Sequence[Snapshot], distrusted: Collection[str]) -> list[Snapshot]:
    """Those that stand on nothing that is distrusted or gone."""
    good: dict[str, Snapshot] = {}
    for snapshot in sorted(snapshots, key=lambda item: item.sequence):
        if snapshot.id not in distrusted and (not snapshot.base or _rests_on(snapshot, good)):
            good[snapshot.id] = snapshot
    return list(good.values())


def _rests_on(snapshot: Snapshot, good: Mapping[str, Snapshot]) -> bool:
    """Whether its base is sound and of a rank before its own: so a chain is never longer than there are ranks."""
    base = good.get(snapshot.base)
    return base is not None and RANKS.index(base.rank) < RANKS.index(snapshot.rank)


def chain(snapshot: Snapshot, find: Callable[[str], Snapshot | None]) -> tuple[Snapshot, ...]:
    """What is needed to open it, the full first, itself last; `find` gives the snapshot of an id.

    Raises:
        KeyError: a base is gone, or is of no rank before (then it is a forgery: no chain of ours goes in circles).
    """
    steps = [snapshot]
    while steps[-1].base:
        base = find(steps[-1].base)
        if base is None or RANKS.index(base.rank) >= RANKS.index(steps[-1].rank):
            raise KeyError(steps[-1].base)
        steps.append(base)
    return tuple(reversed(steps))
