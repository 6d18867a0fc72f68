"""Somebody asked to be forgotten: from then on no restore and no export brings them back."""

from collections.abc import Iterable, Iterator, Sequence

from core.erasure import Tombstone, Tombstones
from core.operations.bearers import Bearer
from core.operations.unaudited import is_done
from core.ports import Clock, Journal


def forget(
    chosen: Iterable[Bearer], tombstones: Tombstones, *, by: str, clock: Clock, journal: Journal
) -> tuple[Tombstone, ...]:
    """A tombstone for each of them. No name is written anywhere: the journal knows the tombstone's id."""
    before = {stone.id for stone in tombstones.forgotten().tombstones}
    stones = tuple(
        tombstones.bury(uid=one.uid, registered=one.registered, names=one.names, day=_today(clock), by=by)
        for one in chosen
    )
    for stone in stones:
        if stone.id not in before:
            with is_done(f"tombstone {stone.id} is there"):
                journal.record("forget", id=stone.id, by=by, tags=len(stone.tags))
    return stones


def lift(stone_id: str, tombstones: Tombstones, *, by: str, clock: Clock, journal: Journal) -> Tombstone:
    """Take a tombstone back.

    Raises:
        ObjectNotFound: none of that id holds.
    """
    stone = tombstones.lift(stone_id, day=_today(clock), by=by)
    with is_done(f"tombstone {stone.id} is lifted"):
        journal.record("forget lifted", id=stone.id, by=by)
    return stone


def not_done(chosen: Sequence[Bearer]) -> Iterator[str]:
    """What a tombstone does not do, and who must: for the person who asked deserves the whole truth."""
    snapshots = sum(one.snapshots for one in chosen)
    if snapshots:
        yield f"sealed snapshots still hold the data until they are pruned ({snapshots} now)"
    for one in chosen:
        if one.living:
            yield f"services still have the account: `/msg NickServ FDROP {one.account}` drops it there"
    yield "what earlier restores kept (restores/ in the state directory) and older lines of the audit trail stay"


def _today(clock: Clock) -> str:
    return clock.now().strftime("%Y-%m-%d")
