"""What this host wrote last: the one thing that a chain cannot show by itself is that its newest link is gone."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.disk import make_private_folder, write_whole
from core.domain.snapshot import Snapshot
from core.repository.trust import Entry

_LIMIT = 1 << 20


class Heads:
    """A small file of this host's own: the newest snapshot of every source in every storage."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, storage: str, snapshot: Snapshot, *, digest: str) -> None:
        """Remember the newest one: `digest` is the SHA-256 of its manifest.

        Raises:
            StorageFull, StorageUnavailable: it was not written.
        """
        heads = self._read()
        heads.setdefault(storage, {})[snapshot.source] = {
            "id": snapshot.id,
            "sequence": snapshot.sequence,
            "digest": digest,
        }
        make_private_folder(self._path.parent)
        write_whole(self._path, [json.dumps(heads, indent=1, sort_keys=True).encode() + b"\n"])

    def known(self, storage: str) -> dict[str, int]:
        """The newest sequence number by source, in a storage."""
        heads = self._read().get(storage, {})
        return {name: head["sequence"] for name, head in heads.items() if isinstance(head, dict)}

    def digests(self, storage: str) -> dict[str, str]:
        """The digest of the newest manifest by source, in a storage."""
        heads = self._read().get(storage, {})
        return {name: str(head.get("digest", "")) for name, head in heads.items() if isinstance(head, dict)}

    def gone(self, storage: str, source: str | None, entries: Sequence[Entry]) -> Iterator[str]:
        """What was written from here and is not there, in sentences; `source` None looks at all of them."""
        there = {entry.digest for entry in entries}
        for name, head in self._read().get(storage, {}).items():
            if source not in {None, name} or not isinstance(head, dict) or head.get("digest") in there:
                continue
            tail = str(head.get("id", "")).rpartition("-")[2]
            yield f"snapshot {tail}, the newest of {name}, is gone from {storage} or was replaced"

    def _read(self) -> dict[str, dict[str, Any]]:
        """What is remembered; a file that a crash or somebody spoiled remembers nothing."""
        with suppress(OSError, ValueError, RecursionError):
            with self._path.open("rb") as file:
                heads = json.loads(file.read(_LIMIT))
            if isinstance(heads, dict):
                return {name: known for name, known in heads.items() if isinstance(known, dict)}
        return {}
