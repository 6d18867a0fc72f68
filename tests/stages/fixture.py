"""The fixture `stage`: a module that takes it in is played on every network, one after the other."""

from collections.abc import Iterator
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
    """A network with services, the bot, and one snapshot."""
    folder: Path = tmp_path_factory.mktemp("stage")
    network: Any = request.param
    if network == "embedded":
        with embedded(folder) as running:
            yield running
        return
    require(network, "atheme-services")
    with real(folder, network) as playing:
        yield playing
