"""Recognising a file's content without storing it: by its first and last bytes, or by all of them."""

import os
from hashlib import sha256
from typing import BinaryIO

from core.domain.tree import Entry

HEAD = 4 << 10
TAIL = 64 << 10
EXACT = 16 << 20  # bytes that are always read and compared whole: about ten milliseconds
_SHORT = 16  # hexadecimal digits that are kept of a print: it recognises, it proves nothing
_PIECE = 1 << 20


def begins_with(file: BinaryIO, size: int, known: Entry, *, exact: bool) -> bool:
    """Whether a file of `size` bytes begins with the content of one that is known.

    Its first 4 KiB and the 64 KiB before the known one's end are compared; with `exact`, or where that is quickly
    done, all of it.
    """
    if size < known.size:
        return False
    if head(file, known.size) != known.head or tail(file, known.size) != known.tail:
        return False
    return not (exact or known.size <= EXACT) or _all_of(file, known)


def head(file: BinaryIO, size: int) -> str:
    """The print of the first bytes of a file that is `size` long."""
    return _print(file, 0, min(HEAD, size))


def tail(file: BinaryIO, size: int) -> str:
    """The print of the last bytes of a file that is `size` long."""
    start = max(0, size - TAIL)
    return _print(file, start, size - start)


def short(content: bytes) -> str:
    """The print of bytes."""
    return sha256(content).hexdigest()[:_SHORT]


def _print(file: BinaryIO, start: int, length: int) -> str:
    return short(os.pread(file.fileno(), length, start))


def _all_of(file: BinaryIO, known: Entry) -> bool:
    start = 0
    for extent in known.extents:
        if _digest(file, start, extent.size) != extent.digest:
            return False
        start += extent.size
    return True


def _digest(file: BinaryIO, start: int, length: int) -> str:
    digest = sha256()
    end = start + length
    while start < end and (piece := os.pread(file.fileno(), min(_PIECE, end - start), start)):
        digest.update(piece)
        start += len(piece)
    return digest.hexdigest()
