"""A database's snapshot in two steps that can be timed apart: what its storage gives, and what that opens to."""

import io
from collections.abc import Mapping
from typing import BinaryIO

from core.domain.errors import ObjectNotFound
from core.domain.snapshot import Snapshot
from core.repository.opening import Opener
from core.repository.reading import read_piece
from core.repository.repository import Repository


class Fetched:
    """The sealed objects of one chain, out of the storage and proven, in memory."""

    def __init__(self, repository: Repository, snapshot: Snapshot) -> None:
        """Fetch them.

        Raises:
            ObjectDamaged, ObjectNotFound, StorageUnavailable: which of them is the verdict.
        """
        self._sealer = repository.sealer
        self._snapshot = snapshot
        self._chain = {step.id: step for step in repository.chain(snapshot)}
        self._objects: Mapping[str, bytes] = {
            step.key: read_piece(repository.storage, step.pieces[0], step.tail) for step in self._chain.values()
        }

    @property
    def size(self) -> int:
        """Bytes that were fetched."""
        return sum(map(len, self._objects.values()))

    def content(self) -> bytes:
        """The plain content, proven to be what the manifest says.

        Raises:
            ObjectDamaged, IdentityMissing: which of them is the verdict.
        """
        opener = Opener(storage=self, sealer=self._sealer, find=lambda _, name: self._chain.get(name))
        return opener.content(self._snapshot)

    def open(self, key: str) -> BinaryIO:
        """One of the sealed objects, as a storage gives it."""
        try:
            return io.BytesIO(self._objects[key])
        except KeyError:
            raise ObjectNotFound(f"{key} was not fetched") from None
