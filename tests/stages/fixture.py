"""The fixture `stage`: a module that takes it in is played on every network, one after the other."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require
from tests.stages.embedded import embedded
from tests.stages.real import real
from tests.stages.stage import Stage

NETWORKS = ("embedded", "inspircd", "ngircd")


@pytest.fixture(scope="module", params=NETWORKS)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A network with services and the bot, which the server lets say what it likes."""
    with _playing(request.param, tmp_path_factory.mktemp("stage"), exempt=True) as running:
        yield running


@pytest.fixture(scope="module", params=NETWORKS)
def strict_stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same with the flood limits that servers are shipped with, and a bot that is nobody special."""
    with _playing(request.param, tmp_path_factory.mktemp("stage"), exempt=False) as running:
        yield running


def _playing(network: Any, folder: Path, *, exempt: bool) -> AbstractContextManager[Stage]:
    if network == "embedded":
        return embedded(folder, exempt=exempt)
    require(network, "atheme-services")
    return real(folder, network, exempt=exempt)
