"""The small network of `network.py`, as fixtures."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.ports import Progress
from tests.core.operations.recovery.network import Network, make_network
from tests.fakes import FakeClock


@pytest.fixture
def network(tmp_path: Path, clock: FakeClock) -> Network:
    made = make_network(tmp_path, clock)
    made.port.ends_at = clock.now() + timedelta(days=60)
    return made


@pytest.fixture
def saved(network: Network, progress: Progress) -> Network:
    """It was saved, and copied."""
    network.engine.back_up(reason="test", progress=progress)
    network.engine.sync(progress=progress)
    network.clock.advance(3600)
    return network
