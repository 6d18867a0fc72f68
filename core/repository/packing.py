"""Compression: independent zstd frames, one file to the stock tool."""

import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from core.domain.errors import ObjectDamaged

_FRAME = 4 << 20  # bytes of plain content in a frame
_LEVEL = 3
_PIECE = 1 << 20  # bytes read at once: a size that somebody else wrote down must not make us ask for memory


def compress(content: bytes) -> Iterator[bytes]:
    """`content` as one or more frames, each with its checksum."""
    zstd = _zstd()
    options = {
        zstd.CompressionParameter.compression_level: _LEVEL,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    for start in range(0, max(len(content), 1), _FRAME):
        yield zstd.compress(content[start : start + _FRAME], options=options)


def decompress(packed: BinaryIO, size: int) -> bytes:
    """The plain content, which must have exactly `size` bytes: no more are ever unpacked.

    Raises:
        ObjectDamaged: it is not what it should be.
    """
    zstd = _zstd()
    content = bytearray()
    try:
        with zstd.ZstdFile(packed, "rb") as file:
            while len(content) <= size and (piece := file.read(min(_PIECE, size + 1 - len(content)))):
                content += piece
    except (zstd.ZstdError, EOFError) as error:
        raise ObjectDamaged(f"it does not unpack: {error}") from None
    if len(content) != size:
        raise ObjectDamaged(f"it unpacks to {'more' if len(content) > size else 'fewer'} than {size} bytes")
    return bytes(content)


def _zstd() -> Any:  # the same module under two names
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 — start-up time is a promise
    else:
        from backports import zstd  # noqa: PLC0415 — same
    return zstd
