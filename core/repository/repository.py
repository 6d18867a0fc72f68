"""Snapshots over a storage. A snapshot exists if and only if its manifest does; the manifest is written last."""

import difflib
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import BinaryIO, Literal

from core.domain.code import new_code
from core.domain.errors import ObjectDamaged, ObjectExists, SnapshotNotFound
from core.domain.moment import show
from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.ports import Capture, Clock, Progress, Sealer, Storage
from core.repository import layout
from core.repository.manifest import FORMAT, LIMIT, Manifest, read_manifest
from core.repository.packing import compress, decompress

_CHUNK = 1 << 20
_ORPHAN_AGE = timedelta(hours=1)


class Repository:
    """All snapshots of one host of one network, in one storage."""

    def __init__(self, *, storage: Storage, sealer: Sealer, clock: Clock, network: str, host: str) -> None:
        self._storage = storage
        self._sealer = sealer
        self._clock = clock
        self._root = f"{network}/{host}"
        self.problems: tuple[str, ...] = ()  # what the last listing could not read, in sentences

    # --- writing -----------------------------------------------------------------------------

    def add(self, capture: Capture, *, source: str, kind: str, reason: str, progress: Progress) -> Snapshot:
        """Seal and store a capture; it is a snapshot when this returns, and nothing if this raises.

        What was written is read back and compared before the manifest makes it count.
        """
        taken_at = self._clock.now().replace(microsecond=0)
        snapshot_id = layout.new_id(taken_at)
        key = layout.object_key(self._root, kind, source, snapshot_id, capture.extension)
        progress.step(f"sealing {show_size(len(capture.content))}")
        sealed = self._seal(capture.content)
        digest = sha256(sealed.getbuffer()).hexdigest()
        sequence, predecessor = self._link(source)
        snapshot = Snapshot(
            id=snapshot_id,
            source=source,
            kind=kind,
            taken_at=taken_at,
            saved_at=capture.saved_at,
            sequence=sequence,
            predecessor=predecessor,
            size=len(capture.content),
            digest=sha256(capture.content).hexdigest(),
            key=key,
            stored_size=sealed.getbuffer().nbytes,
            stored_digest=digest,
            reason=reason,
            counts=dict(capture.counts),
        )
        progress.step(f"storing {show_size(snapshot.stored_size)} on {self._storage.name}")
        self._mark_format()
        self._storage.put(key, _chunks(sealed))
        self._check_stored(snapshot)
        manifest = Manifest(snapshot=snapshot, recipients=self._sealer.recipients, extension=capture.extension)
        self._storage.put(layout.manifest_key(self._root, source, snapshot_id), [manifest.to_bytes()])
        return snapshot

    def _seal(self, content: bytes) -> io.BytesIO:
        packed = io.BytesIO()
        packed.writelines(compress(content))
        packed.seek(0)
        sealed = io.BytesIO()
        self._sealer.seal(packed, sealed)
        sealed.seek(0)
        return sealed

    def _link(self, source: str) -> tuple[int, str]:
        """The next sequence number, and the digest of the manifest before."""
        newest = max(self._manifests(source), key=lambda item: item[0].sequence, default=None)
        return (newest[0].sequence + 1, sha256(newest[1]).hexdigest()) if newest else (1, "")

    def _mark_format(self) -> None:
        key = layout.format_key(self._root)
        if not any(item.key == key for item in self._storage.list(self._root)):
            try:
                self._storage.put(key, [f"BackupServ repository, format {FORMAT}\n".encode()])
            except ObjectExists:
                return  # somebody else was first, with the same words

    # --- reading -----------------------------------------------------------------------------

    def snapshots(self, source: str | None = None) -> tuple[Snapshot, ...]:
        """All snapshots, by source and sequence. What cannot be read is told in `problems` and hides nothing else."""
        found = [snapshot for snapshot, _ in self._manifests(source)]
        return tuple(sorted(found, key=lambda item: (item.source, item.sequence, item.id)))

    def _manifests(self, source: str | None) -> Iterator[tuple[Snapshot, bytes]]:
        problems: list[str] = []
        self.problems = ()
        for item in self._storage.list(layout.manifests(self._root, source)):
            if not item.key.endswith(".json"):
                continue
            try:
                content = self._read(item.key)
                snapshot = read_manifest(content, item.key).snapshot
                self._belongs(snapshot, item.key)
            except ObjectDamaged as error:
                problems.append(str(error))
            else:
                yield snapshot, content
        self.problems = tuple(problems)

    def _belongs(self, snapshot: Snapshot, key: str) -> None:
        """A manifest speaks only of its own snapshot, in its own folder: no other path comes from it."""
        extension = snapshot.key.rpartition("-full.")[2].partition(".")[0]
        try:
            mine = layout.object_key(self._root, snapshot.kind, snapshot.source, snapshot.id, extension)
        except KeyError:
            raise ObjectDamaged(f"{key} is of an unknown kind") from None
        if (
            key != layout.manifest_key(self._root, snapshot.source, snapshot.id)
            or snapshot.key != mine
            or not layout.is_id(snapshot.id)
        ):
            raise ObjectDamaged(f"{key} speaks of another snapshot than its own")

    def _read(self, key: str) -> bytes:
        with self._storage.open(key) as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise ObjectDamaged(f"{key} is larger than any manifest")
        return content

    def find(self, reference: str, *, source: str | None = None) -> Snapshot:
        """The snapshot of that id, or short id, or "latest".

        Raises:
            SnapshotNotFound: there is none; near ones are named.
        """
        snapshots = self.snapshots(source)
        if not snapshots:
            raise SnapshotNotFound("there is no snapshot yet", hint="`backup now` makes one")
        wanted = reference.lower()
        if wanted == "latest":
            return snapshots[-1]
        for snapshot in snapshots:
            if wanted in {snapshot.id.lower(), snapshot.tail}:
                return snapshot
        near = difflib.get_close_matches(wanted, [snapshot.tail for snapshot in snapshots], n=2)
        raise SnapshotNotFound(
            "no snapshot has that id",
            hint=f"near: {', '.join(near)}" if near else f"the newest is {snapshots[-1].tail}",
        )

    def at(self, moment: datetime, *, source: str) -> Snapshot:
        """What was in force at a moment: the newest snapshot taken then or before.

        Raises:
            SnapshotNotFound: the first one is later; it is named, and never taken instead.
        """
        snapshots = self.snapshots(source)
        earlier = [snapshot for snapshot in snapshots if snapshot.taken_at <= moment]
        if earlier:
            return earlier[-1]
        first = f"the first is {snapshots[0].tail} of {show(snapshots[0].taken_at)}" if snapshots else "there is none"
        raise SnapshotNotFound(f"there is no snapshot of {show(moment)} or before", hint=first)

    def content(self, snapshot: Snapshot) -> bytes:
        """The plain content, proven to be what the manifest says.

        Raises:
            ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: which of them is the verdict.
        """
        sealed = self._check_stored(snapshot)
        packed = io.BytesIO()
        self._sealer.open(sealed, packed)
        packed.seek(0)
        content = decompress(packed, snapshot.size)
        if sha256(content).hexdigest() != snapshot.digest:
            raise ObjectDamaged(f"snapshot {snapshot.tail} opens to other bytes than its manifest says")
        return content

    def verify(self, snapshot: Snapshot, level: Literal[1, 2]) -> None:
        """Prove the stored bytes (1), and that they open to what was saved (2). Raises as `content` does."""
        if level == 1:
            self._check_stored(snapshot)
        else:
            self.content(snapshot)

    def _check_stored(self, snapshot: Snapshot) -> io.BytesIO:
        with self._storage.open(snapshot.key) as file:
            content = file.read(snapshot.stored_size + 1)
        if len(content) != snapshot.stored_size:
            more = "longer" if len(content) > snapshot.stored_size else "shorter"
            raise ObjectDamaged(f"the stored bytes of snapshot {snapshot.tail} are {more} than its manifest says")
        if sha256(content).hexdigest() != snapshot.stored_digest:
            raise ObjectDamaged(f"the stored bytes of snapshot {snapshot.tail} are not those that were written")
        return io.BytesIO(content)

    # --- proving a configuration -------------------------------------------------------------

    def probe_keys(self) -> str:
        """Seal and open a few bytes; returns what was proven."""
        plain, sealed, opened = io.BytesIO(b"probe"), io.BytesIO(), io.BytesIO()
        self._sealer.seal(plain, sealed)
        sealed.seek(0)
        self._sealer.open(sealed, opened)
        return f"sealed to {len(self._sealer.recipients)} recipients, opened with this host's identity"

    def probe_storage(self) -> str:
        """Write, read and remove a small object; returns what was proven."""
        key = f"{self._root}/probe-{new_code(8)}"
        self._storage.put(key, [b"probe"])
        try:
            with self._storage.open(key) as file:
                if file.read() != b"probe":
                    raise ObjectDamaged(f"{self._storage.name} gives back other bytes than it was given")
        finally:
            self._storage.delete(key)
        return f"{self._storage.name} takes, gives back and removes objects"

    # --- after a crash -----------------------------------------------------------------------

    def sweep(self) -> tuple[str, ...]:
        """Remove what a crash left half-written; returns what was removed."""
        return self._storage.sweep()

    def orphans(self) -> tuple[str, ...]:
        """Sealed objects that no manifest speaks of, for longer than a backup takes. Told, never deleted here."""
        known = {snapshot.key for snapshot in self.snapshots()}
        limit = f"{self._clock.now() - _ORPHAN_AGE:%Y%m%dT%H%M%SZ}"
        return tuple(
            item.key
            for item in self._storage.list(self._root)
            if item.key.endswith(".age") and item.key not in known and item.key.rpartition("/")[2] < limit
        )


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_CHUNK):
        yield piece
