"""One save against another: a zstd frame with the base as prefix, which `zstd -d --patch-from=BASE` opens.

The parameters were measured (docs/decisions/0009): higher levels do not pay, and without long-distance matching, or
with a window smaller than the base, nearly everything is silently stored again.
"""

import json
from collections.abc import Iterator
from typing import Any

from core.domain.errors import ObjectDamaged
from core.repository.digesting import Sink
from core.repository.packing import buffer_for, zstd_library

SMALLEST, LARGEST = 1 << 10, 512 << 20  # bytes; below a delta saves nothing, beyond it costs seconds and gigabytes
_LARGE = 100 << 20
_PIECE = 1 << 20
_DICTIONARY = b"\x37\xa4\x30\xec"  # zstd's magic number of a trained dictionary: the tools would misread such a base
_SKIPPABLE = b"\x50\x2a\x4d\x18"  # a frame that zstd passes over
_SMALLEST_WINDOW, _LARGEST_WINDOW = 10, 31


class Base:
    """What deltas are opened against: one copy, however many of them there are."""

    def __init__(self, content: bytes) -> None:
        """Keep it.

        Raises:
            ObjectDamaged: no delta of ours is against anything so small.
        """
        if len(content) < SMALLEST:
            raise ObjectDamaged(f"a delta is against more than {len(content)} bytes")
        self._kept = _dictionary(zstd_library(), content)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def prefix(self) -> Any:
        """For zstd."""
        return self._kept.as_prefix


def can_be_base(content: bytes) -> bool:
    """Whether a delta against it pays and can be opened by the stock tool."""
    return SMALLEST <= len(content) <= LARGEST and not content.startswith(_DICTIONARY)


def pack_delta(content: bytes, base: bytes, *, note: dict[str, str]) -> bytes:
    """`content` as what differs from `base`; `note` follows in a frame that zstd skips, for who finds it alone."""
    zstd = zstd_library()
    compressor = zstd.ZstdCompressor(
        options=_options(zstd, len(content), len(base)), zstd_dict=_dictionary(zstd, base).as_prefix
    )
    compressor.set_pledged_input_size(len(content))
    frame: bytes = compressor.compress(content, mode=compressor.FLUSH_FRAME)
    told = json.dumps(note, sort_keys=True).encode()
    return frame + _SKIPPABLE + len(told).to_bytes(4, "little") + told


def unpack_delta(packed: bytes, base: Base, size: int, *, sink: Sink = len) -> bytes:
    """The content, which must have exactly `size` bytes. `sink` hears of each piece.

    Raises:
        ObjectDamaged: it is not what it should be, or is against another base.
    """
    content = buffer_for(size)
    for piece in unpacked_pieces(packed, base, size):
        content.write(piece)
        sink(piece)
    return content.getvalue()


def unpacked_pieces(packed: bytes, base: Base, size: int) -> Iterator[bytes]:
    """The same piece by piece, for who need not keep it: no more than `size` bytes are ever unpacked.

    Raises:
        ObjectDamaged: as above; what came before it is worth nothing.
    """
    zstd = zstd_library()
    window = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW}
    opener = zstd.ZstdDecompressor(zstd_dict=base.prefix, options=window)
    found = 0
    try:
        while found <= size and not opener.eof:
            piece = opener.decompress(b"" if found else packed, min(_PIECE, size + 1 - found))
            if not piece:
                break
            found += len(piece)
            yield piece
    except (zstd.ZstdError, EOFError) as error:
        raise ObjectDamaged(f"it does not unpack against its base: {error}") from None
    if found != size or not opener.eof:
        raise ObjectDamaged(f"it unpacks to {'more' if found > size else 'fewer'} than {size} bytes")


def _dictionary(zstd: Any, base: bytes) -> Any:
    return zstd.ZstdDict(base, is_raw=True)


def _options(zstd: Any, size: int, base: int) -> dict[Any, int]:
    large = max(size, base) > _LARGE
    parameter = zstd.CompressionParameter
    return {
        parameter.compression_level: 1,
        parameter.checksum_flag: 1,
        parameter.window_log: min(_LARGEST_WINDOW, max(_SMALLEST_WINDOW, (size + base).bit_length())),
        parameter.enable_long_distance_matching: 1,
        parameter.ldm_min_match: 64 if large else 32,
        parameter.ldm_hash_rate_log: 7 if large else 5,
    }
