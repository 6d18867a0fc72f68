"""What a time means where snapshots are far apart: nothing is picked in silence."""

from datetime import timedelta

import pytest

from core.domain.errors import SnapshotNotFound
from core.domain.moment import show
from core.ports import Progress
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
