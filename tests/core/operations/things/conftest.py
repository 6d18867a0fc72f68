"""A grove for each test."""

from pathlib import Path

import pytest

from tests.core.operations.things.grove import Grove, make_grove, plant
from tests.fakes import FakeClock


@pytest.fixture
def grove(tmp_path: Path) -> Grove:
    """A small tree, saved once."""
    made = make_grove(tmp_path, FakeClock())
    plant(made.root)
    made.save()
    return made
