"""What a snapshot of a tree holds: its listing, and the bytes of up to six objects that it speaks of."""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from core.domain.errors import BackupServError, ObjectDamaged, SourceUnreadable
from core.domain.snapshot import Piece, Snapshot
from core.domain.tree import Entry, Listing
from core.ports import Progress
from core.repository.packing import INDEX_LIMIT, decompress_within
from core.repository.reading import read_piece, refuse_other_bytes
from core.repository.repository import Repository
from core.repository.tree.index import read_index
from core.repository.tree.proving import prove_tree
from core.repository.tree.saved_files import SavedFiles
from core.repository.tree.staging import OpenPiece, Staging
from core.repository.tree.unpacking import RestoredTree, restore_tree
from core.spool import spool
from core.tree_ports import TreeCheck, TreeMeaning

# A listing that unpacks to more is none: of a million empty files it is a hundred times as large as it is packed.
_TIMES, _ROOM = 500, 1 << 20


class TreeReading:
    """The trees of a repository, to look at. `work` is a private folder on this host, for what is too large."""

    def __init__(self, repository: Repository, work: Path) -> None:
        self._repository = repository
        self._work = work

    def listing(self, snapshot: Snapshot) -> Listing:
        """Every entry, out of the sealed index.

        Raises:
            ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: which of them is the verdict.
        """
        if snapshot.index is None:
            raise ObjectDamaged(f"snapshot {snapshot.tail} is no tree: it has no index")
        sealed = io.BytesIO(read_piece(self._repository.storage, snapshot.index, snapshot.tail))
        packed = io.BytesIO()
        try:
            self._repository.sealer.open(sealed, packed)
            packed.seek(0)
            index = decompress_within(packed, min(INDEX_LIMIT, _ROOM + _TIMES * snapshot.index.size))
        except ObjectDamaged as error:
            raise ObjectDamaged(f"the index of snapshot {snapshot.tail} does not open: {error.message}") from None
        if sha256(index).hexdigest() != snapshot.digest:
            raise ObjectDamaged(f"the index of snapshot {snapshot.tail} is another one than its manifest says")
        return read_index(index)

    def known_listing(self, snapshot: Snapshot) -> Listing | None:
        """The listing from this host's own memory, or by opening it; None where neither can be done here and now."""
        bases = self._repository.bases
        index = bases.content(snapshot) if bases is not None else None
        try:
            return read_index(index) if index is not None else self.listing(snapshot)
        except BackupServError:
            return None

    def restore(
        self, snapshot: Snapshot, target: Path, *, paths: Sequence[str] | None = None, progress: Progress
    ) -> RestoredTree:
        """Bring the tree, or those of its paths, into a new or empty folder. Raises as `restore_tree` and `listing`."""
        listing = self.listing(snapshot)
        with self._pieces(snapshot) as pieces:
            return restore_tree(listing, pieces.open, target, paths=paths, progress=progress)

    @contextmanager
    def opened(self, snapshot: Snapshot, listing: Listing) -> Iterator["TreeFiles"]:
        """Its files, to read one by one, or to unpack some of them. Each piece is fetched once, when it is needed."""
        with self._pieces(snapshot) as pieces, SavedFiles(listing, pieces.open) as saved:
            yield TreeFiles(listing, saved, pieces.open)

    def prove(self, snapshot: Snapshot) -> None:
        """Every byte of every file.

        Raises:
            ObjectDamaged: some are not those that were saved; the first path is named.
            ObjectNotFound, IdentityMissing, StorageUnavailable: which of them is the verdict.
        """
        listing = self.listing(snapshot)
        with self._pieces(snapshot) as pieces:
            damaged = prove_tree(listing, pieces.open)
        if damaged:
            path, why = min(damaged.items())
            count = f"{len(damaged)} files" if len(damaged) > 1 else "a file"
            raise ObjectDamaged(f"{count} of snapshot {snapshot.tail} are damaged; the first: {path}: {why}")

    def meaning(self, snapshot: Snapshot, check: TreeCheck) -> TreeMeaning:
        """What its files mean to who knows. Raises as `prove`."""
        listing = self.listing(snapshot)
        with self.files(snapshot, listing) as files:
            return check.look(listing.entries, files)

    @contextmanager
    def files(self, snapshot: Snapshot, listing: Listing) -> Iterator[SavedFiles]:
        """Its files, to read some of them. Raises as `prove`; so does reading."""
        with self._pieces(snapshot) as pieces, SavedFiles(listing, pieces.open) as files:
            yield files

    @contextmanager
    def _pieces(self, snapshot: Snapshot) -> Iterator["_Pieces"]:
        chain = {step.id: step for step in self._repository.chain(snapshot)}
        with ExitStack() as spools:
            yield _Pieces(self._repository, chain, self._work, spools)


class TreeFiles:
    """The files of one snapshot, as long as its pieces lie open here."""

    def __init__(self, listing: Listing, saved: SavedFiles, open_piece: OpenPiece) -> None:
        self._listing = listing
        self._saved = saved
        self._open_piece = open_piece

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them."""
        return self._listing.entries

    def read(self, path: str, limit: int) -> bytes:
        """The proven bytes of a file, or of a hardlink.

        Raises:
            SourceUnreadable: there is no such file, or it holds more than `limit` bytes.
            ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: it cannot be read.
        """
        with self._saved.open(path) as file:
            if self._saved.look(path, file).size > limit:
                raise SourceUnreadable(f"{path} holds more than {limit} bytes in snapshot {self._listing.snapshot}")
            return file.read()

    def unpack(self, folder: int, entries: Sequence[Entry]) -> tuple[str, ...]:
        """Put these entries, by whatever paths they now bear, into an empty folder that is open. Returns remarks.

        Raises:
            ObjectDamaged: the bytes of some are not those that were saved; the others are there.
        """
        staging = Staging(folder, self._listing, entries)
        staging.fill(self._open_piece)
        if staging.failed:
            _, why = min(staging.failed.items())
            raise ObjectDamaged(f"{len(staging.failed)} of the files cannot be brought back; the first: {why}")
        return staging.attributes.remarks


class _Pieces:
    """The packed tars of a chain, opened one by one."""

    def __init__(self, repository: Repository, chain: dict[str, Snapshot], work: Path, spools: ExitStack) -> None:
        self._repository = repository
        self._chain = chain
        self._work = work
        self._spools = spools

    def open(self, snapshot_id: str) -> BinaryIO:
        """The packed tar of one snapshot, proven, as a file that can be read anywhere. The caller closes it."""
        step = self._chain.get(snapshot_id)
        if step is None:
            raise ObjectDamaged(f"its index speaks of snapshot {snapshot_id}, on which it does not rest")
        piece = step.pieces[0]
        file = self._spools.enter_context(spool(self._work, step.source))
        with self._repository.storage.open(piece.key) as stored:
            sealed = Proven(stored, piece, step.tail)
            try:
                self._repository.sealer.open(cast("BinaryIO", sealed), file)
            except ObjectDamaged as error:
                sealed.finish()  # says it better, unless the very bytes that were written do not open
                raise ObjectDamaged(f"snapshot {step.tail} does not open: {error.message}") from None
            sealed.finish()
        file.seek(0)
        return file


class Proven:
    """A stored object as it is read, which at its end must be the one that was written."""

    def __init__(self, stream: BinaryIO, piece: Piece, whose: str) -> None:
        self._stream = stream
        self._piece = piece
        self._whose = whose
        self._digest = sha256()
        self._size = 0

    def read(self, size: int = -1, /) -> bytes:
        """As any stream."""
        content = self._stream.read(size)
        self._digest.update(content)
        self._size += len(content)
        if self._size > self._piece.size:
            self.finish()
        return content

    def finish(self) -> None:
        """Raises ObjectDamaged where it was another object."""
        while self._size <= self._piece.size and self.read(1 << 20):
            pass
        refuse_other_bytes(self._size, self._digest.hexdigest(), self._piece, self._whose)
