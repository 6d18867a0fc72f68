"""The small world of `world.py`, as fixtures."""

from pathlib import Path

import pytest

from core.ports import Progress
from tests.core.operations.world import AFTER, World, make_world
from tests.fakes import FakeClock


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock) -> World:
    return make_world(tmp_path, clock)


@pytest.fixture
def lost(world: World, progress: Progress) -> World:
    """Alice was saved in a snapshot, and then dropped."""
    world.engine.back_up(reason="test", progress=progress)
    world.database.write_bytes(AFTER)
    return world
