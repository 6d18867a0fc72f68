"""Snapshots of trees: what differs from the base goes in through a spool file; then the index, then the manifest."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from core.domain.finding import Finding
from core.domain.size import show_size
from core.domain.snapshot import Piece, Snapshot
from core.ports import Progress
from core.repository import layout
from core.repository.catalogue import Catalogue
from core.repository.hierarchy import FULL, Place
from core.repository.judging import Judge, nothing_held
from core.repository.packing import compress
from core.repository.reading import prove_piece
from core.repository.repository import Repository
from core.repository.tree.difference import compare
from core.repository.tree.index import write_index
from core.repository.tree.sealing import SealedTree, seal_tree
from core.repository.tree_reading import TreeReading
from core.repository.writing import DeltaPolicy
from core.spool import spool
from core.tree_ports import TreeCapture, TreeSource

_CHUNK = 1 << 20
_WORTH = 64 << 20  # bytes read again in vain, for which a new snapshot is made so that the next run need not


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSnapshot:
    """What came of a look at a tree. `is_new` is False where nothing had changed since `snapshot`."""

    snapshot: Snapshot
    is_new: bool
    findings: tuple[Finding, ...]


class TreeWriting:
    """Puts a tree into a repository. `work` is a private folder on this host, for what is too large for memory."""

    def __init__(self, repository: Repository, work: Path, source: TreeSource, judge: Judge = nothing_held) -> None:
        self._repository = repository
        self._work = work
        self._source = source
        self._judge = judge
        self._reading = TreeReading(repository, work)

    def add(self, *, reason: str, progress: Progress, deltas: DeltaPolicy) -> TreeSnapshot:
        """Look at the tree, and store what its base has not.

        It is a snapshot when this returns, and nothing if this raises. The caller holds the lock.

        Raises:
            SourceUnreadable: the tree cannot be read, or is larger than its limits.
            StorageFull, StorageUnavailable, ObjectDamaged: it could not be stored.
        """
        self._repository.prepare()
        capture = self._source.scan(progress)
        catalogue = self._repository.catalogue(self._source.name)
        newest = catalogue.snapshots[-1:]
        if newest and not deltas.full and self._is_unchanged(capture, newest[0]):
            progress.step(f"unchanged since {newest[0].tail}")
            return TreeSnapshot(snapshot=newest[0], is_new=False, findings=capture.findings)
        return self._store(capture, catalogue, reason=reason, progress=progress, deltas=deltas)

    def _is_unchanged(self, capture: TreeCapture, newest: Snapshot) -> bool:
        known = self._reading.known_listing(newest)
        if known is None:
            return False
        change = compare(capture, known)
        return change.is_nothing and change.reread < _WORTH

    def _store(
        self, capture: TreeCapture, catalogue: Catalogue, *, reason: str, progress: Progress, deltas: DeltaPolicy
    ) -> TreeSnapshot:
        taken_at = capture.scanned_at.replace(microsecond=0)
        place = self._repository.place(catalogue, taken_at, deltas)
        base = self._reading.known_listing(place.base) if place.base is not None else None
        change = compare(capture, base)
        snapshot_id = layout.new_id(taken_at)
        place = place if base is not None else FULL
        progress.step(f"packing {self._source.name}")
        with spool(self._work, self._source.name) as file:
            sealed = seal_tree(change, snapshot=snapshot_id, sealer=self._repository.sealer, spool=file)
            described = self._describe(capture, sealed, place, snapshot_id, catalogue)
            progress.step(f"storing {show_size(sealed.size)} on {self._repository.name}")
            self._put(described.pieces[0], SpooledChunks(file), described)
        index = write_index(sealed.listing)
        piece = self._put_index(described, index)
        snapshot = replace(described, reason=reason, digest=sha256(index).hexdigest(), index=piece)
        self._repository.publish(snapshot, "tar")
        self._repository.remember(snapshot, index)
        return TreeSnapshot(snapshot=snapshot, is_new=True, findings=(*capture.findings, *sealed.findings))

    def _describe(
        self, capture: TreeCapture, sealed: SealedTree, place: Place, snapshot_id: str, catalogue: Catalogue
    ) -> Snapshot:
        """The snapshot, but for its index."""
        source, repository = self._source, self._repository
        taken_at = capture.scanned_at.replace(microsecond=0)
        sequence, predecessor = catalogue.next_link()
        full = place.base is None
        return Snapshot(
            id=snapshot_id,
            source=source.name,
            kind=source.kind,
            taken_at=taken_at,
            saved_at=taken_at,
            sequence=sequence,
            predecessor=predecessor,
            size=sealed.listing.size,
            digest="",
            key=layout.object_key(repository.root, source.folder, source.name, snapshot_id, "tar", full=full),
            stored_size=sealed.size,
            stored_digest=sealed.digest,
            counts=dict(capture.counts),
            rank=place.rank,
            base=place.base.id if place.base is not None else "",
            held=self._judge(catalogue.snapshots, capture.counts),
        )

    def _put_index(self, snapshot: Snapshot, index: bytes) -> Piece:
        sealed = io.BytesIO()
        self._repository.sealer.seal(io.BytesIO(b"".join(compress(index))), sealed)
        key = layout.index_key(self._repository.root, self._source.folder, snapshot.source, snapshot.id)
        content = sealed.getvalue()
        piece = Piece(key=key, size=len(content), digest=sha256(content).hexdigest())
        self._put(piece, [content], snapshot)
        return piece

    def _put(self, piece: Piece, content: "SpooledChunks | list[bytes]", snapshot: Snapshot) -> None:
        """Store it, and read back what was stored."""
        self._repository.storage.put(piece.key, content)
        prove_piece(self._repository.storage, piece, snapshot.tail)


class SpooledChunks:
    """A spool file as an upload reads it: again from its start where it broke."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        """Chunk by chunk."""
        self._file.flush()
        offset = 0
        while piece := os.pread(self._file.fileno(), _CHUNK, offset):
            offset += len(piece)
            yield piece
