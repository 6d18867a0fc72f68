"""Does a snapshot look as if something was lost? Then it is held: stored, and never the latest, until somebody says so.

It is judged once, when it is made, against the last good one before it, and its manifest says why. So every host that
reads the storage knows, however much of what came before was thinned out since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.domain.moment import show
from core.domain.snapshot import Snapshot

# In the order in which they are told. Addresses: of UnrealIRCd's reputation.
_KINDS = ("accounts", "nicks", "channels", "access", "groups", "bans", "addresses")
_NONE_LEFT = {  # of which none may be left where there were so many: an empty database, a folder that is not mounted
    "accounts": 1,
    "nicks": 1,
    "channels": 3,
    "access": 3,
    "certificates": 1,
    "files": 3,
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
    good = [snapshot for snapshot in snapshots if not snapshot.held]
    if not good:
        return ""
    last = max(good, key=lambda item: (item.sequence, item.id))
    lost = losing(last.counts, counts, limits)
    if lost is None:
        return ""
    kind, had, has = lost
    return f"it has {has:,} {kind}, and {last.tail} of {show(last.taken_at)} had {had:,}"


def held_now(snapshots: Iterable[Snapshot]) -> Snapshot | None:
    """The newest snapshot of one source, where that is held; a good one after it ends the matter."""
    newest = max(snapshots, key=lambda item: (item.sequence, item.id), default=None)
    return newest if newest is not None and newest.held else None
