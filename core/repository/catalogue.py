"""All manifests of a repository, read once: what there is, in which order, and what cannot be read."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from core.domain.errors import ObjectDamaged, ObjectNotFound, SnapshotNotFound, StorageUnavailable
from core.domain.moment import show
from core.domain.snapshot import Snapshot
from core.ports import Storage
from core.repository import layout
from core.repository.manifest import LIMIT, read_manifest

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A snapshot, and the SHA-256 of its manifest, which its successor names."""

    snapshot: Snapshot
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Snapshots in their order: by source, then by sequence. Times only help people, since clocks step."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]  # what could not be read or does not fit, in sentences
    unreadable: int  # manifests

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """All of them, in order."""
        return tuple(entry.snapshot for entry in self.entries)

    def next_link(self) -> tuple[int, str]:
        """Sequence number and predecessor for a new snapshot, in the catalogue of one source.

        A manifest that cannot be read now may be the newest, so its number is left free.
        """
        if not self.entries:
            return 1 + self.unreadable, ""
        newest = self.entries[-1]
        return newest.snapshot.sequence + self.unreadable + 1, newest.digest

    def find(self, reference: str) -> Snapshot:
        """The snapshot of that id, or short id, or "latest".

        Raises:
            SnapshotNotFound: there is none; near ones are named.
        """
        snapshots, wanted = self.snapshots, reference.lower()
        for snapshot in snapshots:
            if wanted in {snapshot.id.lower(), snapshot.tail}:
                return snapshot
        if troubles := [text for text in self.problems if not snapshots or wanted in text.lower()]:
            raise SnapshotNotFound("that snapshot cannot be read", hint=troubles[0])
        if not snapshots:
            raise SnapshotNotFound("there is no snapshot yet", hint="`backup now` makes one")
        newest = max(snapshots, key=lambda item: (item.taken_at, item.sequence))
        if len({snapshot.source for snapshot in snapshots}) == 1:
            newest = snapshots[-1]
        if wanted == "latest":
            return newest
        near = difflib.get_close_matches(wanted, [snapshot.tail for snapshot in snapshots], n=2)
        raise SnapshotNotFound(
            "no snapshot has that id", hint=f"near: {', '.join(near)}" if near else f"the newest is {newest.tail}"
        )

    def at(self, moment: datetime) -> Snapshot:
        """The newest snapshot that was taken by then, in the catalogue of one source.

        Raises:
            SnapshotNotFound: none is that old; the first one is named.
        """
        earlier = [snapshot for snapshot in self.snapshots if snapshot.taken_at <= moment]
        if earlier:
            return earlier[-1]
        first = self.snapshots[0] if self.entries else None
        raise SnapshotNotFound(
            f"there is no snapshot of {show(moment)} or before",
            hint=f"the first is {first.tail} of {show(first.taken_at)}" if first else "`backup now` makes one",
        )


def read_catalogue(storage: Storage, root: str, source: str | None = None) -> Catalogue:
    """Every manifest, or one source's. One that cannot be read is told, and hides nothing else.

    Raises:
        StorageUnavailable: the storage cannot be listed, or none of its manifests can be read now.
    """
    entries, problems, unavailable = [], [], []
    for item in storage.list(layout.manifests(root, source)):
        if not item.key.endswith(".json"):
            continue
        try:
            entries.append(_entry(storage, root, item.key))
        except ObjectNotFound:
            continue  # deleted since it was listed
        except ObjectDamaged as error:
            problems.append(str(error))
        except StorageUnavailable as error:
            unavailable.append(error)
    if unavailable and not entries:
        raise unavailable[0]
    problems += map(str, unavailable)
    unreadable = len(problems)
    entries.sort(key=lambda entry: (entry.snapshot.source, entry.snapshot.sequence, entry.snapshot.id))
    if not unreadable:
        problems += _broken_links(entries)
    return Catalogue(entries=tuple(entries), problems=tuple(problems), unreadable=unreadable)


def _entry(storage: Storage, root: str, key: str) -> Entry:
    content = read_object(storage, key, limit=LIMIT)
    if len(content) > LIMIT:
        raise ObjectDamaged(f"{key} is larger than any manifest")
    manifest = read_manifest(content, key)
    snapshot = manifest.snapshot
    try:
        mine = layout.object_key(root, snapshot.kind, snapshot.source, snapshot.id, manifest.extension)
    except KeyError:
        raise ObjectDamaged(f"{key} is of a kind that this version does not know", hint="update BackupServ") from None
    # It speaks only of its own snapshot, in its own folder: no other path ever comes from a manifest.
    own = key == layout.manifest_key(root, snapshot.source, snapshot.id)
    if not own or snapshot.key != mine or not layout.is_id(snapshot.id):
        raise ObjectDamaged(f"{key} speaks of another snapshot than its own")
    return Entry(snapshot=snapshot, digest=sha256(content).hexdigest())


def _broken_links(entries: Iterable[Entry]) -> Iterator[str]:
    """Snapshots that name a predecessor which is not here. What was before a source's oldest may be gone."""
    seen: dict[str, set[str]] = {}
    for entry in entries:
        snapshot = entry.snapshot
        before = seen.setdefault(snapshot.source, set())
        if before and snapshot.predecessor not in before:
            yield f"snapshot {snapshot.tail} of {snapshot.source} follows one that is gone or was replaced"
        before.add(entry.digest)


def read_object(storage: Storage, key: str, *, limit: int) -> bytes:
    """An object's bytes; where it has more than `limit`, one more than that, so that the caller sees it.

    Raises:
        ObjectNotFound, StorageUnavailable: see the port.
    """
    content = bytearray()
    with storage.open(key) as file:
        while len(content) <= limit and (piece := file.read(min(_PIECE, limit + 1 - len(content)))):
            content += piece
    return bytes(content)
