"""Bytes out of a storage: never more than was promised, and never others."""

import io
from hashlib import sha256
from typing import BinaryIO, Protocol

from core.domain.errors import ObjectDamaged
from core.domain.snapshot import Piece

_PIECE = 1 << 20  # bytes read at once: a size that somebody else wrote down must not make us ask for memory


class Readable(Protocol):
    """Of a storage what reading needs."""

    def open(self, key: str) -> BinaryIO:
        """A stream over the stored bytes; see the port."""
        ...


def read_object(storage: Readable, key: str, *, limit: int) -> bytes:
    """An object's bytes; where it has more than `limit`, one more than that, so that the caller sees it.

    Raises:
        ObjectNotFound, StorageUnavailable: see the port.
    """
    content = io.BytesIO()
    with storage.open(key) as file:
        while content.tell() <= limit and (piece := file.read(min(_PIECE, limit + 1 - content.tell()))):
            content.write(piece)
    return content.getvalue()


def read_piece(storage: Readable, piece: Piece, whose: str) -> bytes:
    """A sealed object, which is the one that the manifest speaks of.

    Raises:
        ObjectDamaged: it is another one; `whose` names the snapshot.
        ObjectNotFound, StorageUnavailable: see the port.
    """
    content = read_object(storage, piece.key, limit=piece.size)
    refuse_other_bytes(len(content), sha256(content).hexdigest(), piece, whose)
    return content


def refuse_other_bytes(size: int, digest: str, piece: Piece, whose: str) -> None:
    """Compare what was read of an object with what was written.

    Raises:
        ObjectDamaged: it is longer, shorter or other.
    """
    if size != piece.size:
        more = "longer" if size > piece.size else "shorter"
        raise ObjectDamaged(f"the stored bytes of snapshot {whose} are {more} than its manifest says")
    if digest != piece.digest:
        raise ObjectDamaged(f"the stored bytes of snapshot {whose} are not those that were written")


def prove_piece(storage: Readable, piece: Piece, whose: str) -> None:
    """The same for an object of any size, without keeping it."""
    digest, size = sha256(), 0
    with storage.open(piece.key) as file:
        while size <= piece.size and (read := file.read(_PIECE)):
            digest.update(read)
            size += len(read)
    refuse_other_bytes(size, digest.hexdigest(), piece, whose)
