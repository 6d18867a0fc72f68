"""A repository over memory that tests can add to and spoil."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.crypto.age import AgeSealer
from core.domain.errors import StorageUnavailable
from core.domain.snapshot import Snapshot
from core.ports import Capture
from core.repository.repository import Repository
from core.storage.memory import MemoryStorage
from tests.fakes import FakeClock, RecordingProgress

SAVED_AT = datetime(2026, 11, 23, 9, 25, 7, tzinfo=UTC)


def capture(content: bytes = b"GDBV 12\n", **counts: int) -> Capture:
    return Capture(content=content, extension="db", saved_at=SAVED_AT, counts=counts)


def add(repository: Repository, content: bytes = b"GDBV 12\n", source: str = "services") -> Snapshot:
    return repository.add(
        capture(content, accounts=7), source=source, kind="atheme", reason="test", progress=RecordingProgress()
    )


@dataclass
class Shelf:
    """The repository, and what stands behind it."""

    repository: Repository
    storage: MemoryStorage
    sealer: AgeSealer
    clock: FakeClock

    def add(self, content: bytes = b"GDBV 12\n", source: str = "services") -> Snapshot:
        self.clock.advance(60)
        return add(self.repository, content, source)

    def manifest_key(self, snapshot: Snapshot) -> str:
        return f"N/h/manifests/{snapshot.source}/{snapshot.id}.json"

    def read(self, key: str) -> bytes:
        return self.storage.open(key).read()

    def spoil(self, key: str, content: bytes) -> None:
        """Replace an object behind the repository's back."""
        self.storage.delete(key)
        self.storage.put(key, [content])


class Shaky(MemoryStorage):
    """A storage behind a line that may be cut after some more writes."""

    writes_left: int | None = None

    def put(self, key: str, content: Iterable[bytes]) -> None:
        if self.writes_left == 0:
            raise StorageUnavailable(f"{self.name} does not answer")
        if self.writes_left is not None:
            self.writes_left -= 1
        super().put(key, content)
