"""The demo's server, in this process, as a fixture."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conversations.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    place = House(tmp_path)
    place.ircd.start()
    yield place
    place.ircd.stop()
