"""Does the newest snapshot look as if something was lost? Then nothing older is removed for a while."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from core.domain.moment import show
from core.domain.snapshot import Snapshot

MEMORY = timedelta(days=7)  # it ends by itself: what has been so for a week is how things are
_KINDS = ("accounts", "channels", "groups", "bans", "addresses")  # addresses: of UnrealIRCd's reputation
_FEW = 10  # of fewer than these any number may go in a week


def shrunk(snapshots: Iterable[Snapshot], now: datetime) -> str:
    """A sentence where the newest of one source has under half of what one of the last week had, or no account; or "".

    A proof does not end it: a proof says that a snapshot is what was saved, and not that it should have been saved.
    """
    ordered = sorted(snapshots, key=lambda item: (item.sequence, item.id))
    if not ordered:
        return ""
    newest = ordered[-1]
    for earlier in reversed(ordered[:-1]):
        if now - MEMORY <= earlier.taken_at <= now and (lost := losing(earlier.counts, newest.counts)):
            kind, had, has = lost
            return (
                f"the newest snapshot, {newest.tail}, has {has:,} {kind}, and {earlier.tail} of "
                f"{show(earlier.taken_at)} had {had:,}: nothing is removed for {MEMORY.days} days"
            )
    return ""


def losing(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[str, int, int] | None:
    """Of which kind there are under half as many, or no account any more: what, how many there were, how many are."""
    for kind in _KINDS:
        had, has = before.get(kind, 0), after.get(kind, 0)
        if (had >= _FEW and has * 2 < had) or (kind == "accounts" and had and not has):
            return kind, had, has
    return None
