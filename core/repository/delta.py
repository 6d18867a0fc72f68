"""One save against another: a zstd frame with the base as prefix, which `zstd -d --patch-from=BASE` opens.

The parameters were measured (docs/decisions/0009): higher levels do not pay, and without long-distance matching, or
with a window smaller than the base, nearly everything is silently stored again.
"""

import io
import json
from typing import Any

from core.domain.errors import ObjectDamaged
from core.repository.digesting import Sink
from core.repository.packing import zstd_library

SMALLEST, LARGEST = 1 << 10, 512 << 20  # bytes; below a delta saves nothing, beyond it costs seconds and gigabytes
_LARGE = 100 << 20
_PIECE = 1 << 20
_DICTIONARY = b"\x37\xa4\x30\xec"  # zstd's magic number of a trained dictionary: the tools would misread such a base
_SKIPPABLE = b"\x50\x2a\x4d\x18"  # a frame that zstd passes over
_SMALLEST_WINDOW, _LARGEST_WINDOW = 10, 31


def can_be_base(content: bytes) -> bool:
    """Whether a delta against it pays and can be opened by the stock tool."""
    return SMALLEST <= len(content) <= LARGEST and not content.startswith(_DICTIONARY)


def pack_delta(content: bytes, base: bytes, *, note: dict[str, str]) -> bytes:
    """`content` as what differs from `base`; `note` follows in a frame that zstd skips, for who finds it alone."""
    zstd = zstd_library()
    compressor = zstd.ZstdCompressor(options=_options(zstd, len(content), len(base)), zstd_dict=_prefix(zstd, base))
    compressor.set_pledged_input_size(len(content))
    frame: bytes = compressor.compress(content, mode=compressor.FLUSH_FRAME)
    told = json.dumps(note, sort_keys=True).encode()
    return frame + _SKIPPABLE + len(told).to_bytes(4, "little") + told


def unpack_delta(packed: bytes, base: bytes, size: int, *, sink: Sink = len) -> bytes:
    """The content, which must have exactly `size` bytes: no more are ever unpacked. `sink` hears of each piece.

    Raises:
        ObjectDamaged: it is not what it should be, or is against another base.
    """
    zstd = zstd_library()
    window = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW}
    opener = zstd.ZstdDecompressor(zstd_dict=_prefix(zstd, base), options=window)
    content = io.BytesIO()  # gives its bytes away without a copy
    fed = False
    try:
        while content.tell() <= size and not opener.eof:
            piece = opener.decompress(b"" if fed else packed, min(_PIECE, size + 1 - content.tell()))
            if fed and not piece:
                break
            fed = True
            content.write(piece)
            sink(piece)
    except (zstd.ZstdError, EOFError) as error:
        raise ObjectDamaged(f"it does not unpack against its base: {error}") from None
    if content.tell() != size or not opener.eof:
        raise ObjectDamaged(f"it unpacks to {'more' if content.tell() > size else 'fewer'} than {size} bytes")
    return content.getvalue()


def _prefix(zstd: Any, base: bytes) -> Any:
    return zstd.ZstdDict(base, is_raw=True).as_prefix


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
