"""Look through an archive of files without unpacking it: whether it is whole, and how much it holds.

Python's own reader takes an archive that breaks off between two members, or whose next header is garbage, for one that
ends there. Here every header's checksum must fit, and the mark of the end must be there (POSIX ustar, GNU's additions).
"""

from dataclasses import dataclass
from typing import BinaryIO

from core.domain.errors import SourceDamaged
from core.domain.size import show_size
from core.registrations.words import counts

_BLOCK = 512  # bytes
_PIECE = 1 << 20
_SUM = slice(148, 156)
_SIZE = slice(124, 136)
_TYPE = slice(156, 157)
_FILES = b"\x0007S"  # plain, old, contiguous and sparse ones
_LINKS = b"12"
_SPARSE, _MORE, _MORE_AGAIN = b"S", 482, 504  # where a sparse file's header says that its map goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class TarLook:
    """What an archive holds."""

    files: int
    links: int
    size: int  # bytes of all files, as they lie there

    def __str__(self) -> str:
        what = " and ".join(counts((self.files, "file"), (self.links, "link"))) or "nothing"
        return f"{what}, {show_size(self.size)}"


def look_through(stream: BinaryIO) -> TarLook:
    """Read it to its end, a piece at a time.

    Raises:
        SourceDamaged: it is cut off, or a header in it is none; and as the stream does.
    """
    files = links = size = 0
    while (header := _block(stream)).strip(b"\0"):
        held, kind = _size(header), header[_TYPE]
        if kind == _SPARSE:
            _skip_map(stream, header)
        if kind in _FILES:
            files, size = files + 1, size + held
        links += kind in _LINKS
        _skip(stream, 0 if kind in _LINKS else -(-held // _BLOCK) * _BLOCK)
    while stream.read(_PIECE):  # the checksum of gzip stands behind everything
        pass
    return TarLook(files=files, links=links, size=size)


def _block(stream: BinaryIO) -> bytes:
    block = stream.read(_BLOCK)
    if len(block) < _BLOCK:
        raise SourceDamaged("the archive in it ends without the mark of its end: it was cut off")
    return block


def _size(header: bytes) -> int:
    """What its header says of a member; a number of more than eleven octal digits is written in bytes."""
    blank = header[: _SUM.start] + b" " * 8 + header[_SUM.stop :]
    field = header[_SIZE]
    try:
        if int(header[_SUM].strip(b" \0") or b"0", 8) != sum(blank):
            raise ValueError  # noqa: TRY301 — one sentence for whatever is wrong with it
        if field[0] & 0x80:
            return int.from_bytes(field[1:], "big")
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        raise SourceDamaged("the archive in it is damaged: a header's checksum does not fit") from None


def _skip_map(stream: BinaryIO, header: bytes) -> None:
    more = header[_MORE]
    while more:
        more = _block(stream)[_MORE_AGAIN]


def _skip(stream: BinaryIO, size: int) -> None:
    left = size
    while left:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            raise SourceDamaged("the archive in it ends within a file: it was cut off")
        left -= len(piece)
