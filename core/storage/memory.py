"""Copies in memory: for rehearsals and tests of what stands on a storage."""

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from core.domain.errors import ObjectExists, ObjectNotFound
from core.ports import StoredObject
from core.storage.keys import check_key


class MemoryStorage:
    """A dictionary that keeps the promises of a storage, but for durability."""

    def __init__(self, name: str = "memory") -> None:
        self._name = name
        self._objects: dict[str, bytes] = {}

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def put(self, key: str, content: Iterable[bytes]) -> None:
        """Store an object; see the port."""
        whole = b"".join(content)
        if check_key(key) in self._objects:
            raise ObjectExists(f"{key} exists already")
        self._objects[key] = whole

    def open(self, key: str) -> BinaryIO:
        """A stream over the stored bytes; see the port."""
        try:
            return io.BytesIO(self._objects[check_key(key)])
        except KeyError:
            raise ObjectNotFound(f"{key} does not exist") from None

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below a folder, in key order; see the port."""
        start = f"{check_key(prefix)}/" if prefix else ""
        for key in sorted(self._objects):
            if key.startswith(start):
                yield StoredObject(key=key, size=len(self._objects[key]))

    def delete(self, key: str) -> None:
        """Remove an object; see the port."""
        self._objects.pop(check_key(key), None)

    def sweep(self) -> tuple[str, ...]:
        """Nothing is ever half-written here."""
        return ()

    def remarks(self) -> tuple[str, ...]:
        """Nobody else comes here."""
        return ()

    def self_test(self) -> str:
        """A dictionary needs no proof."""
        return ""
