"""A repository in memory and one in a folder, with real keys."""

from pathlib import Path

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from core.storage.memory import MemoryStorage
from tests.core.repository.shelf import Shelf
from tests.fakes import FakeClock


@pytest.fixture(scope="session")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> AgeSealer:
    """Sealed to this host and to a recovery key; opened with the host's identity."""
    identity, recipient = generate_identity()
    _, recovery = generate_identity()
    path = tmp_path_factory.mktemp("keys") / "host.key"
    write_identity(path, identity)
    return AgeSealer(recipients=[recipient, recovery], identity_file=path)


@pytest.fixture
def shelf(sealer: AgeSealer, clock: FakeClock) -> Shelf:
    """A repository over memory, whose objects a test can reach and spoil."""
    storage = MemoryStorage()
    return Shelf(Repository(storage=storage, sealer=sealer, clock=clock, network="N", host="h"), storage, sealer, clock)


@pytest.fixture
def disk(sealer: AgeSealer, clock: FakeClock, tmp_path: Path) -> Repository:
    """A repository in a folder."""
    storage = LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository"))
    return Repository(storage=storage, sealer=sealer, clock=clock, network="N", host="h")
