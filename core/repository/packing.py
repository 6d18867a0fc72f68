"""Compression: independent zstd frames, one file to the stock tool."""

import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from core.domain.errors import ObjectDamaged
from core.repository.digesting import Sink

FRAME = 4 << 20  # bytes of plain content in a frame
TREE_LEVEL = 3
_LEVEL = 6  # of a database, whose full is made once a week: 5 % smaller than level 3, for a tenth of a second at 16 MB
INDEX_LIMIT = 1 << 30  # bytes: of a million files
_WORKERS = 2
_PIECE = 1 << 20  # bytes read at once: a size that somebody else wrote down must not make us ask for memory
_BELIEVED = 32 << 20  # bytes that anybody's word is enough for


def compress(content: bytes) -> Iterator[bytes]:
    """`content` as one or more frames, each with its checksum; two at a time."""
    view = memoryview(content)
    frames = [view[start : start + FRAME] for start in range(0, max(len(content), 1), FRAME)]
    if len(frames) == 1:
        yield pack_frame(content)
        return
    with ThreadPoolExecutor(_WORKERS) as workers:  # zstd lets other threads run
        yield from workers.map(pack_frame, frames)


def pack_frame(content: bytes | memoryview, level: int = _LEVEL) -> bytes:
    """One frame with its checksum. Other threads run meanwhile."""
    zstd = zstd_library()
    options = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    packed: bytes = zstd.compress(content, options=options)
    return packed


def unpack_frame(packed: bytes, size: int) -> bytes:
    """The content of one frame, which must have exactly `size` bytes: no more are ever unpacked.

    Raises:
        ObjectDamaged: it is not what it should be.
    """
    zstd = zstd_library()
    unpacker = zstd.ZstdDecompressor()
    try:
        content: bytes = unpacker.decompress(packed, max_length=size + 1)
    except (zstd.ZstdError, EOFError) as error:
        raise ObjectDamaged(f"it does not unpack: {error}") from None
    if len(content) != size or not unpacker.eof or unpacker.unused_data:
        raise ObjectDamaged(f"it unpacks to other than {size} bytes")
    return content


def decompress_within(packed: BinaryIO, limit: int) -> bytes:
    """The plain content of an index, whose size nobody wrote down: no more than `limit` bytes.

    Raises:
        ObjectDamaged: it is not what it should be.
    """
    content = _unpacked(packed, limit, expected=0, sink=len)
    if len(content) > limit:
        raise ObjectDamaged(f"it unpacks to more than {limit} bytes")
    return content


def decompress(packed: BinaryIO, size: int, *, sink: Sink = len) -> bytes:
    """The plain content, which must have exactly `size` bytes: no more are ever unpacked. `sink` hears of each piece.

    Raises:
        ObjectDamaged: it is not what it should be.
    """
    content = _unpacked(packed, size, expected=size, sink=sink)
    if len(content) != size:
        raise ObjectDamaged(f"it unpacks to {'more' if len(content) > size else 'fewer'} than {size} bytes")
    return content


def _unpacked(packed: BinaryIO, limit: int, *, expected: int, sink: Sink) -> bytes:
    """All of it; where it has more than `limit` bytes, one more than that, so that the caller sees it."""
    zstd = zstd_library()
    content = buffer_for(expected)
    try:
        with zstd.ZstdFile(packed, "rb") as file:
            while content.tell() <= limit and (piece := file.read(min(_PIECE, limit + 1 - content.tell()))):
                content.write(piece)
                sink(piece)
    except (zstd.ZstdError, EOFError) as error:
        raise ObjectDamaged(f"it does not unpack: {error}") from None
    content.truncate()
    return content.getvalue()


def buffer_for(size: int) -> io.BytesIO:
    """Where so many bytes will be written and then given away without a copy.

    Its memory is there from the start: growing by eighths takes four times as long as unpacking. `truncate` it.
    """
    buffer = io.BytesIO()
    if size > 0:
        buffer.seek(min(size, _BELIEVED) - 1)
        buffer.write(b"\0")
        buffer.seek(0)
    return buffer


def zstd_library() -> Any:
    """The one door to zstd: the same module under two names."""
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 — start-up time is a promise
    else:
        from backports import zstd  # noqa: PLC0415 — same
    return zstd
