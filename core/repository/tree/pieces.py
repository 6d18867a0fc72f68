"""Reading a part of a packed tar: only the frames that it lies in are unpacked."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import BinaryIO

from core.domain.errors import ObjectDamaged
from core.domain.tree import Frame
from core.repository.packing import unpack_frame

_PIECE = 1 << 20


class PieceReader:
    """Ranges of the plain tar, out of its stream of frames. A stream that cannot seek is read forwards only."""

    def __init__(self, stream: BinaryIO, frames: Sequence[Frame]) -> None:
        self._stream = stream
        self._frames = frames
        self._plain_starts = [0, *accumulate(frame.plain for frame in frames)]
        self._stored_starts = [0, *accumulate(frame.stored for frame in frames)]
        self._position = 0
        self._open = -1  # the number of the frame that is unpacked
        self._content = memoryview(b"")

    def read(self, offset: int, size: int) -> Iterator[bytes | memoryview]:
        """So many bytes from an offset of the plain tar. Ranges are asked for in rising order.

        Raises:
            ObjectDamaged: the stream is not what its frames say.
        """
        end = offset + size
        while offset < end:
            self._unpack(bisect_right(self._plain_starts, offset) - 1)
            start = self._plain_starts[self._open]
            piece = self._content[offset - start : min(end - start, offset - start + _PIECE)]
            if not piece:
                raise ObjectDamaged("its frames hold fewer bytes than its index says")
            offset += len(piece)
            yield piece

    def _unpack(self, number: int) -> None:
        if number == self._open:
            return
        if number >= len(self._frames):
            raise ObjectDamaged("its frames hold fewer bytes than its index says")
        self._go_to(self._stored_starts[number])
        frame = self._frames[number]
        packed = self._take(frame.stored)
        self._content = memoryview(unpack_frame(packed, frame.plain))
        self._open = number

    def _go_to(self, position: int) -> None:
        if position == self._position:
            return
        if self._stream.seekable():
            self._stream.seek(position)
            self._position = position
        while self._position < position:
            self._take(min(_PIECE, position - self._position))

    def _take(self, size: int) -> bytes:
        taken = bytearray()
        while len(taken) < size:
            piece = self._stream.read(size - len(taken))
            if not piece:
                raise ObjectDamaged("it is shorter than its index says")
            taken += piece
        self._position += size
        return bytes(taken)
