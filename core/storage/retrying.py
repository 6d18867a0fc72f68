"""Patience with a storage whose trouble may pass: the one place that tries again."""

import io
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from core.domain.errors import ObjectExists, StorageUnavailable
from core.ports import Clock, Storage, StoredObject

_PIECE = 1 << 16  # small, so that a link that breaks again and again still gets somewhere
_CHANCE = secrets.SystemRandom()
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on. Waits double, each is shortened by chance, so that many who wait do not come at once."""

    tries: int = 5  # in a row, without anything getting through
    first_seconds: float = 1
    longest_seconds: float = 60
    deadline_seconds: float = 900  # after which no new try begins

    def pause(self, failures: int) -> float:
        """The wait after so many failures in a row."""
        longest = min(self.longest_seconds, self.first_seconds * 2.0 ** (failures - 1))
        return longest * _CHANCE.uniform(0.5, 1)


class RetryingStorage:
    """Another storage, tried again where it says that its trouble may pass.

    `put` needs content that can be gone through again (a list, an object that opens its file each time); a plain
    iterator can be read once and gets one try. A stream that breaks is opened again and goes on where it was.
    """

    def __init__(self, storage: Storage, *, clock: Clock, patience: Patience | None = None) -> None:
        self._storage = storage
        self._clock = clock
        self._patience = patience or Patience()

    @property
    def name(self) -> str:
        """What people call it."""
        return self._storage.name

    def put(self, key: str, content: Iterable[bytes]) -> None:
        """Store an object; see the port. What an earlier try brought there, unheard, is not called taken."""
        if iter(content) is content:
            self._storage.put(key, content)
            return
        effort = self._effort()
        while True:
            try:
                self._storage.put(key, content)
            except ObjectExists:
                if effort.failures and self._is_there(key, content):
                    return
                raise
            except StorageUnavailable as error:
                effort.failed(error)
            else:
                return

    def open(self, key: str) -> BinaryIO:
        """A stream over the stored bytes, which outlives its connection; see the port."""
        stream = self._again(lambda: self._storage.open(key))
        reopen = lambda: self._storage.open(key)  # noqa: E731 — it is a value, for the stream
        return io.BufferedReader(_Unbroken(stream, reopen, self._effort), buffer_size=_PIECE)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below a folder, in key order; see the port. After a break it goes on behind the last one."""
        effort = self._effort()
        last = ""
        while True:
            try:
                for item in self._storage.list(prefix):
                    if item.key > last:
                        last = item.key
                        effort.went_well()
                        yield item
            except StorageUnavailable as error:
                effort.failed(error)
            else:
                return

    def delete(self, key: str) -> None:
        """Remove an object for good; see the port."""
        self._again(lambda: self._storage.delete(key))

    def sweep(self) -> tuple[str, ...]:
        """Remove what a crash left half-written; see the port."""
        return self._again(self._storage.sweep)

    def remarks(self) -> tuple[str, ...]:
        """What the storage noticed."""
        return self._storage.remarks()

    def self_test(self) -> str:
        """What the storage proves; see the port."""
        return self._again(self._storage.self_test)

    def _effort(self) -> "_Effort":
        return _Effort(self._clock, self._patience)

    def _again(self, attempt: Callable[[], Result]) -> Result:
        effort = self._effort()
        while True:
            try:
                return attempt()
            except StorageUnavailable as error:
                effort.failed(error)

    def _is_there(self, key: str, content: Iterable[bytes]) -> bool:
        """Whether what is stored is what we wanted to store."""
        with self.open(key) as stored:
            return all(stored.read(len(piece)) == piece for piece in content) and not stored.read(1)


class _Effort:
    """The tries at one thing, until it went well."""

    def __init__(self, clock: Clock, patience: Patience) -> None:
        self._clock = clock
        self._patience = patience
        self._began = clock.monotonic()
        self.failures = 0

    def went_well(self) -> None:
        """Something got through: what counts is failures in a row."""
        self._began = self._clock.monotonic()
        self.failures = 0

    def failed(self, error: StorageUnavailable) -> None:
        """Wait before the next try, or raise the error: it will not pass, or there were enough tries."""
        self.failures += 1
        pause = self._patience.pause(self.failures)
        over = self._clock.monotonic() + pause > self._began + self._patience.deadline_seconds
        if not error.passing or self.failures >= self._patience.tries or over:
            raise error
        self._clock.sleep(pause)


class _Unbroken(io.RawIOBase):
    """A stream that is opened again where it broke. What was read already is read again and dropped."""

    def __init__(self, stream: BinaryIO, reopen: Callable[[], BinaryIO], effort: Callable[[], _Effort]) -> None:
        super().__init__()
        self._stream: BinaryIO | None = stream
        self._reopen = reopen
        self._effort = effort()
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while True:
            try:
                piece = self._read(min(len(buffer), _PIECE))
            except StorageUnavailable as error:
                self._drop()
                self._effort.failed(error)
            else:
                self._effort.went_well()
                self._position += len(piece)
                buffer[: len(piece)] = piece
                return len(piece)

    def _read(self, size: int) -> bytes:
        if self._stream is None:
            self._stream = self._reopen()
            self._skip(self._stream)
        return self._stream.read(size)

    def _skip(self, stream: BinaryIO) -> None:
        left = self._position
        while left:
            piece = stream.read(min(left, _PIECE))
            if not piece:
                raise StorageUnavailable("what was opened again is shorter than what was read before")
            left -= len(piece)

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        if not self.closed:
            self._drop()
        super().close()
