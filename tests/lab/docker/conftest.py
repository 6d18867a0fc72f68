"""One engine for all tests of this folder that a worker runs; each test finds it empty."""

from collections.abc import Iterator

import pytest

from tests.conftest import require
from tests.lab.docker.engine import Engine, running_engine


@pytest.fixture(scope="session")
def _engine() -> Iterator[Engine]:
    require("dockerd", "containerd", "runc", "busybox")
    with running_engine() as engine:
        yield engine


@pytest.fixture
def engine(_engine: Engine) -> Iterator[Engine]:
    yield _engine
    _engine.clear()
