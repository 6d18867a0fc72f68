"""What a time means where snapshots are far apart: nothing is picked in silence."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.domain.errors import SnapshotNotFound
from core.domain.moment import show
from core.operations.history import snapshot_of
from core.ports import Progress, StoredObject
from core.storage.local import LocalSettings, LocalStorage
from tests.core.operations.world import AFTER, World


def test_a_time_in_a_hole_names_both_neighbours(world: World, progress: Progress) -> None:
    (first,) = world.engine.back_up(reason="first", progress=progress)
    world.clock.time += timedelta(days=9)
    world.database.write_bytes(AFTER)
    (second,) = world.engine.back_up(reason="second", progress=progress)
    world.clock.time += timedelta(hours=1)
    with pytest.raises(SnapshotNotFound, match="nothing was saved in the 2 days before") as caught:
        world.engine.verify("3 days ago", progress=progress)
    assert first.snapshot.tail in caught.value.hint
    assert second.snapshot.tail in caught.value.hint
    near = show(first.snapshot.taken_at + timedelta(hours=47))
    assert world.engine.verify(near, progress=progress).snapshot == first.snapshot
    assert world.engine.verify("now", progress=progress).snapshot == second.snapshot


def test_what_was_seen_to_be_unchanged_speaks_for_that_time(world: World, progress: Progress) -> None:
    (first,) = world.engine.back_up(reason="first", progress=progress)
    world.clock.time += timedelta(days=9)
    with pytest.raises(SnapshotNotFound, match="there is none after it"):
        world.engine.diff("1h ago", "live", progress=progress)
    (again,) = world.engine.back_up(reason="again", progress=progress)
    assert not again.is_new
    assert first.snapshot.tail in world.engine.diff("1h ago", "live", progress=progress).before


class _Counted(LocalStorage):
    """Counts how often it was listed."""

    listed = 0

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        self.listed += 1
        return super().list(prefix)


def test_only_a_hole_is_worth_looking_through_all_snapshots(
    world: World, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket is listed over the net, and for a time near a snapshot only once."""
    world.engine.back_up(reason="first", progress=progress)
    world.clock.time += timedelta(days=9)
    counted = _Counted("disk", LocalSettings(kind="local", path=world.state.parent / "repository"))
    monkeypatch.setattr(world.engine.repository, "storage", counted)
    moment = show(world.clock.now() - timedelta(days=8))
    snapshot_of(moment, "services", world.engine.repository, clock=world.clock)
    near, counted.listed = counted.listed, 0
    with pytest.raises(SnapshotNotFound):
        snapshot_of("1h ago", "services", world.engine.repository, clock=world.clock)
    assert counted.listed == 2 * near > 0
