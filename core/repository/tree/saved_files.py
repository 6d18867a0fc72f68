"""The files of a snapshot, read one by one as if they lay in a folder."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from core.domain.errors import ObjectDamaged, SourceUnreadable
from core.domain.tree import Entry, Extent, Listing
from core.repository.tree.pieces import PieceReader
from core.repository.tree.staging import OpenPiece


class SavedFiles:
    """Reads single files out of a snapshot; a `TreeReader`. Each piece that is needed is opened once, until the end.

    Every byte is proven by its digest by the time a stream ends: what stops before that has read unproven bytes.
    """

    def __init__(self, listing: Listing, open_piece: OpenPiece) -> None:
        self._listing = listing
        self._open_piece = open_piece
        self._entries = {entry.path: entry for entry in listing.entries}
        self._pieces: dict[str, PieceReader] = {}
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """All pieces are closed."""
        self._opened.close()

    def open(self, path: str) -> BinaryIO:
        """The file as it was; see the port.

        Raises:
            SourceUnreadable: there is no such file in it.
            ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: so does reading the stream.
        """
        entry = self._file(path)
        return cast("BinaryIO", io.BufferedReader(_Stream(self._chunks(entry.extents))))

    def look(self, path: str, file: BinaryIO) -> Entry:  # noqa: ARG002 — what was saved does not change while it is read
        """As it was saved; see the port."""
        return self._file(path)

    def _file(self, path: str) -> Entry:
        entry = self._entries.get(path)
        if entry is not None and entry.type == "hardlink":
            entry = self._entries.get(entry.target)
        if entry is None or entry.type != "file":
            raise SourceUnreadable(f"{path!a} is no file of snapshot {self._listing.snapshot}")
        return entry

    def _chunks(self, extents: tuple[Extent, ...]) -> Iterator[bytes | memoryview]:
        for extent in extents:
            digest = sha256()
            for chunk in self._piece(extent.piece).read(extent.offset, extent.size):
                digest.update(chunk)
                yield chunk
            if digest.hexdigest() != extent.digest:
                raise ObjectDamaged("its bytes are not those that were saved")

    def _piece(self, name: str) -> PieceReader:
        if name not in self._pieces:
            stream = self._opened.enter_context(self._open_piece(name))
            self._pieces[name] = PieceReader(stream, self._listing.frames[name])
        return self._pieces[name]


class _Stream(io.RawIOBase):
    """Chunks as a stream that is read forwards."""

    def __init__(self, chunks: Iterator[bytes | memoryview]) -> None:
        super().__init__()
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is nothing else."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Some bytes; 0 at the end."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
