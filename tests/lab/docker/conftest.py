"""One engine for all tests of this folder that a worker runs; each test finds it empty."""

from collections.abc import Iterator

import pytest

from tests.conftest import require
from tests.lab.docker.engine import Engine, running_engine
from tests.lab.docker.stack import Stack, running_stack
from tests.lab.people import settle
from tests.machine import open_folder


@pytest.fixture(scope="session")
def _engine() -> Iterator[Engine]:
    require("dockerd", "containerd", "runc", "busybox")
    with running_engine() as engine:
        yield engine


@pytest.fixture
def engine(_engine: Engine) -> Iterator[Engine]:
    yield _engine
    _engine.clear()


@pytest.fixture
def empty_stack(engine: Engine) -> Iterator[Stack]:
    """The project, with nobody registered."""
    require("docker-compose", "inspircd", "atheme-services")
    with open_folder() as folder, running_stack(folder / "irc", engine) as running:
        yield running


@pytest.fixture
def stack(empty_stack: Stack) -> Stack:
    """The project, with the people of the town."""
    settle(empty_stack)
    empty_stack.save()
    return empty_stack
