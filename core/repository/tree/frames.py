"""Packing on the way: a stream to read zstd frames from, made from plain pieces by two threads."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from core.domain.tree import Frame
from core.repository.packing import FRAME, TREE_LEVEL, pack_frame

_WORKERS = 2  # zstd lets other threads run
_AHEAD = 4  # frames that are under way at once: what bounds memory


class FrameStream:
    """Reads as a file of independent frames, while the plain pieces are drawn. Use as a context.

    Memory stays within a few frames, however much runs through.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._blocks = _blocks(pieces)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="packing")
        self._under_way: deque[tuple[int, Future[bytes]]] = deque()
        self._rest = memoryview(b"")
        self.frames: list[Frame] = []
        self.error: Exception | None = None  # what stopped it: a library in between may tell only half of it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; b"" at the end."""
        try:
            if not self._rest:
                self._rest = memoryview(self._next_frame())
        except Exception as error:
            self.error = error
            raise
        end = len(self._rest) if size < 0 else size
        piece, self._rest = bytes(self._rest[:end]), self._rest[end:]
        return piece

    def _next_frame(self) -> bytes:
        while len(self._under_way) < _AHEAD and (block := next(self._blocks, None)) is not None:
            self._under_way.append((len(block), self._pool.submit(pack_frame, block, TREE_LEVEL)))
        if not self._under_way:
            return b""
        plain, future = self._under_way.popleft()
        packed = future.result()
        self.frames.append(Frame(stored=len(packed), plain=plain))
        return packed


def _blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that become a frame each; every byte is copied once."""
    waiting: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        rest = memoryview(piece)
        while size + len(rest) >= FRAME:
            waiting.append(rest[: FRAME - size])
            rest = rest[FRAME - size :]
            yield b"".join(waiting)
            waiting, size = [], 0
        if rest:
            waiting.append(rest)
            size += len(rest)
    if waiting:
        yield b"".join(waiting)
