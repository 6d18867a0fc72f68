"""Does a snapshot look as if something was lost? Then it is held: stored, and never the latest, until somebody says so.

It is judged once, when it is made, by the good ones of the week before it, and its manifest says why. So every host
that reads the storage knows, however much of what came before was thinned out since.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.domain.moment import show
from core.domain.snapshot import Snapshot

_WEEK = timedelta(days=7)
# In the order in which they are told. Addresses: of UnrealIRCd's reputation.
_KINDS = ("accounts", "nicks", "channels", "access", "groups", "bans", "addresses")
_NONE_LEFT = {  # of which none may be left where there were so many: an empty database, a folder that is not mounted
    "accounts": 1,
    "nicks": 1,
    "channels": 3,
    "access": 3,
    "certificates": 1,
    "files": 3,
    "tables": 1,
    "rows": 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkLimits:
    """From when on fewer are too few."""

    percent: int = 50  # of a kind more than so many of a hundred are gone
    least: int = 10  # of fewer than these any number may go


USUAL = ShrinkLimits()


def losing(
    before: Mapping[str, int], after: Mapping[str, int], limits: ShrinkLimits = USUAL
) -> tuple[str, int, int] | None:
    """Of which kind there are far fewer, or none any more: what, how many there were, how many are."""
    for kind in dict.fromkeys((*_KINDS, *_NONE_LEFT)):
        had, has = before.get(kind, 0), after.get(kind, 0)
        if kind in _KINDS and had >= limits.least and (had - has) * 100 > had * limits.percent:
            return kind, had, has
        if not has and had >= _NONE_LEFT.get(kind, had + 1):
            return kind, had, has
    return None


def judged(snapshots: Iterable[Snapshot], counts: Mapping[str, int], limits: ShrinkLimits = USUAL) -> str:
    """Why a new snapshot with these counts is to be held, after all the others of its source; or "".

    The others know which of them are held: one that was released is not, and is how things are from then on.
    """
    good = sorted((item for item in snapshots if not item.held), key=lambda item: (item.sequence, item.id))
    for before in _standards(good, limits):
        if lost := losing(before.counts, counts, limits):
            kind, had, has = lost
            return f"it has {has:,} {kind}, and {before.tail} of {show(before.taken_at)} had {had:,}"
    return ""


def _standards(good: Sequence[Snapshot], limits: ShrinkLimits) -> Iterator[Snapshot]:
    """By what a new one is judged, the newest first: what goes by a little each time goes all the same.

    Where the last good one has lost too much against another, somebody has said that this was meant.
    """
    for before in reversed(good):
        last = good[-1]
        if before.taken_at > last.taken_at - _WEEK and losing(before.counts, last.counts, limits) is None:
            yield before


def held_now(snapshots: Iterable[Snapshot]) -> Snapshot | None:
    """The newest snapshot of one source, where that is held; a good one after it ends the matter."""
    newest = max(snapshots, key=lambda item: (item.sequence, item.id), default=None)
    return newest if newest is not None and newest.held else None
