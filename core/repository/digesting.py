"""SHA-256 beside other work: hashing and unpacking both let other threads run, so they share the two cores."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from types import TracebackType
from typing import Self


class SideDigest:
    """A digest that a thread of its own computes, piece by piece, while the caller makes the next piece."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._worker = ThreadPoolExecutor(1)
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.shutdown()

    def update(self, piece: bytes) -> None:
        """Take a piece, which must not change any more; waits while the one before is at work, so none pile up."""
        if self._last is not None:
            self._last.result()
        self._last = self._worker.submit(self._digest.update, piece)

    def hexdigest(self) -> str:
        """Of everything that was taken."""
        if self._last is not None:
            self._last.result()
        return self._digest.hexdigest()


Sink = Callable[[bytes], object]  # hears of every piece as it is made
