"""Snapshots over a storage. A snapshot exists if and only if its manifest does; the manifest is written last."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import BinaryIO, Literal

from core.domain.code import new_code
from core.domain.errors import ObjectDamaged, ObjectExists, ObjectNotFound, StorageUnavailable
from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.ports import Capture, Clock, Progress, Sealer, Storage
from core.repository import layout
from core.repository.catalogue import Catalogue, read_catalogue, read_object
from core.repository.manifest import FORMAT, Manifest
from core.repository.packing import compress, decompress

_CHUNK = 1 << 20
_ORPHAN_AGE = timedelta(hours=1)  # a backup takes less
_FORMAT_FILE = f"BackupServ repository, format {FORMAT}\n".encode()


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

        What was written is read back and compared before the manifest makes it count. The caller holds the lock:
        two writers at once would give the same sequence number.
        """
        self._mark_format()
        progress.step(f"sealing {show_size(len(capture.content))}")
        sealed = self._seal(capture.content)
        manifest = self._manifest(capture, sealed, source=source, kind=kind, reason=reason)
        snapshot = manifest.snapshot
        progress.step(f"storing {show_size(snapshot.stored_size)} on {self._storage.name}")
        self._storage.put(snapshot.key, _chunks(sealed))
        self._stored(snapshot)
        self._storage.put(layout.manifest_key(self._root, source, snapshot.id), [manifest.to_bytes()])
        return snapshot

    def _seal(self, content: bytes) -> io.BytesIO:
        packed = io.BytesIO()
        packed.writelines(compress(content))
        packed.seek(0)
        sealed = io.BytesIO()
        self._sealer.seal(packed, sealed)
        sealed.seek(0)
        return sealed

    def _manifest(self, capture: Capture, sealed: io.BytesIO, *, source: str, kind: str, reason: str) -> Manifest:
        taken_at = self._clock.now().replace(microsecond=0)
        snapshot_id = layout.new_id(taken_at)
        sequence, predecessor = self._catalogue(source).next_link()
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
            key=layout.object_key(self._root, kind, source, snapshot_id, capture.extension),
            stored_size=sealed.getbuffer().nbytes,
            stored_digest=sha256(sealed.getbuffer()).hexdigest(),
            reason=reason,
            counts=dict(capture.counts),
        )
        return Manifest(snapshot=snapshot, recipients=self._sealer.recipients, extension=capture.extension)

    def _mark_format(self) -> None:
        """Say which format this is, or stop before writing among what a newer version wrote."""
        key = layout.format_key(self._root)
        try:
            found = read_object(self._storage, key, limit=len(_FORMAT_FILE))
        except ObjectNotFound:
            try:
                self._storage.put(key, [_FORMAT_FILE])
            except ObjectExists:
                return  # somebody else was first, with the same words
        else:
            if found != _FORMAT_FILE:
                raise StorageUnavailable(
                    f"{key} on {self._storage.name} does not say format {FORMAT}, which this version writes",
                    hint="update BackupServ, or name another folder",
                )

    # --- reading -----------------------------------------------------------------------------

    def snapshots(self, source: str | None = None) -> tuple[Snapshot, ...]:
        """All snapshots, by source and sequence. What cannot be read is told in `problems` and hides nothing else.

        Raises:
            StorageUnavailable: nothing can be said about what there is.
        """
        return self._catalogue(source).snapshots

    def _catalogue(self, source: str | None) -> Catalogue:
        catalogue = read_catalogue(self._storage, self._root, source)
        self.problems = catalogue.problems
        return catalogue

    def find(self, reference: str, *, source: str | None = None) -> Snapshot:
        """The snapshot of that id, or short id, or "latest".

        Raises:
            SnapshotNotFound: there is none; near ones are named.
        """
        return self._catalogue(source).find(reference)

    def at(self, moment: datetime, *, source: str) -> Snapshot:
        """The newest snapshot that was taken by then.

        Raises:
            SnapshotNotFound: none is that old; the first one is named.
        """
        return self._catalogue(source).at(moment)

    def content(self, snapshot: Snapshot) -> bytes:
        """The plain content, proven to be what the manifest says.

        Raises:
            ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: which of them is the verdict.
        """
        sealed = self._stored(snapshot)
        packed = io.BytesIO()
        try:
            self._sealer.open(sealed, packed)
            packed.seek(0)
            content = decompress(packed, snapshot.size)
        except ObjectDamaged as error:
            raise ObjectDamaged(f"snapshot {snapshot.tail} does not open: {error.message}") from None
        if sha256(content).hexdigest() != snapshot.digest:
            raise ObjectDamaged(f"snapshot {snapshot.tail} opens to other bytes than its manifest says")
        return content

    def verify(self, snapshot: Snapshot, level: Literal[1, 2]) -> None:
        """Prove the stored bytes (1), and that they open to what was saved (2). Raises as `content` does."""
        if level == 1:
            self._stored(snapshot)
        else:
            self.content(snapshot)

    def _stored(self, snapshot: Snapshot) -> io.BytesIO:
        """The sealed bytes, which are those that the manifest speaks of."""
        content = read_object(self._storage, snapshot.key, limit=snapshot.stored_size)
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
        """Sealed objects that no manifest speaks of, for longer than a backup takes. Told, never deleted here.

        A manifest that cannot be read still speaks of its object.
        """
        keys = [item.key for item in self._storage.list(self._root)]
        known = {layout.id_of(key) for key in keys if key.startswith(f"{layout.manifests(self._root)}/")}
        limit = f"{self._clock.now() - _ORPHAN_AGE:%Y%m%dT%H%M%SZ}"
        sealed = [key for key in keys if key.endswith(".age")]
        return tuple(key for key in sealed if layout.id_of(key) not in known and layout.id_of(key) < limit)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_CHUNK):
        yield piece
