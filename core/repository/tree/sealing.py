"""From a changed tree to a sealed object, as one stream: files are read, packed, sealed and written side by side."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from core.disk import write_error
from core.domain.errors import BackupServError
from core.domain.finding import Finding
from core.domain.tree import Frame, Listing
from core.ports import Sealer
from core.repository.tree.difference import TreeChange
from core.repository.tree.frames import FrameStream
from core.repository.tree.packing import TreeTar


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTree:
    """What was written, and what it is."""

    listing: Listing
    size: int  # bytes as sealed
    digest: str  # SHA-256 (hex) of them
    findings: tuple[Finding, ...]  # warnings: what could not be read, what changed while it was read


def seal_tree(change: TreeChange, *, snapshot: str, sealer: Sealer, spool: BinaryIO) -> SealedTree:
    """Write a tree's increment (or full, without a base) to `spool`, sealed, under the id of its snapshot.

    Raises:
        StorageFull, StorageUnavailable: the spool refused it.
        ConfigInvalid: there is nobody to seal to.
    """
    tar = TreeTar(change, snapshot=snapshot)
    counted = _Counted(spool)
    with FrameStream(tar.pieces()) as packed:
        try:
            sealer.seal(cast("BinaryIO", packed), cast("BinaryIO", counted))
        except BackupServError:
            raise
        except Exception as error:
            raise (packed.error or counted.error or error) from None
    return SealedTree(
        listing=listing_of(change, tar, snapshot=snapshot, frames=tuple(packed.frames)),
        size=counted.size,
        digest=counted.digest.hexdigest(),
        findings=tuple(tar.findings),
    )


def listing_of(change: TreeChange, tar: TreeTar, *, snapshot: str, frames: tuple[Frame, ...]) -> Listing:
    """What a tar that was read to its end holds, together with its bases."""
    base = change.known.listing
    used = {extent.piece for entry in tar.entries for extent in entry.extents}
    known = dict(base.frames) if base is not None else {}
    known[snapshot] = frames
    return Listing(
        snapshot=snapshot,
        base=base.snapshot if base is not None else "",
        scanned_at_ns=int(change.capture.scanned_at.timestamp() * 1_000_000) * 1000,
        entries=tuple(tar.entries),
        frames={piece: made for piece, made in sorted(known.items()) if piece in used},
    )


class _Counted:
    """A stream to write to that knows what went through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0
        self.digest = sha256()
        self.error: Exception | None = None

    def write(self, piece: bytes) -> int:
        """As any stream."""
        try:
            self._stream.write(piece)
        except OSError as error:
            self.error = write_error(Path(str(self._stream.name)), error)
            raise
        self.size += len(piece)
        self.digest.update(piece)
        return len(piece)

    def flush(self) -> None:
        """As any stream."""
        self._stream.flush()
