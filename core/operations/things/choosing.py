"""Which source is meant, and which of its snapshots."""

from collections.abc import Sequence

from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.domain.snapshot import Snapshot
from core.domain.thing import ThingWish
from core.operations.history import snapshot_of
from core.operations.looks import Looks
from core.operations.things.ground import Ground


def source_of(wish: ThingWish, ground: Ground) -> str:
    """The name of the source that is meant.

    Raises:
        PlanBlocked: there is none, or several and none was named.
    """
    names = _names(wish, ground)
    if wish.source:
        if wish.source not in names:
            raise PlanBlocked(f"{wish.source} is no source of {wish.thing}", hint=_hint(names))
        return wish.source
    if wish.thing == "database":
        return names[0]  # of the services: it comes first
    if len(names) != 1:
        what = "no source" if not names else "several sources"
        raise PlanBlocked(f"there is {what} of {wish.thing}".replace("is several", "are several"), hint=_hint(names))
    return names[0]


def _names(wish: ThingWish, ground: Ground) -> Sequence[str]:
    if wish.thing == "database":
        return [site.name for site in ground.sites]
    if wish.thing == "files":
        return [tree.name for tree in ground.trees]
    return [tree.name for tree in ground.trees if tree.thing == wish.thing]


def _hint(names: Sequence[str]) -> str:
    return f"name one: {', '.join(names)}" if names else "sources.NAME in the configuration makes one"


def snapshot_for(source: str, reference: str | None, ground: Ground) -> Snapshot:
    """The snapshot that is meant: an id, a time, or the newest.

    Raises:
        SnapshotNotFound, TimeUnclear: see `snapshot_of`.
    """
    if not ground.repository.snapshots(source):
        raise SnapshotNotFound(f"there is no snapshot of {source} yet", hint="`backup now` makes one")
    looks = Looks(ground.state_dir)
    return snapshot_of(reference or "latest", source, ground.repository, clock=ground.clock, looks=looks)
