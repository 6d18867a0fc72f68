"""A cap on bytes a second, both ways together."""

import io

from core.ports import Clock


class Pace:
    """Waits so that no more bytes pass than are allowed, on average; without a limit it never waits."""

    def __init__(self, clock: Clock, bytes_per_second: int | None) -> None:
        self._clock = clock
        self._limit = bytes_per_second
        self._free_at = 0.0  # when all that has passed is paid for

    def take(self, size: int) -> None:
        """So many bytes pass now; returns when the next ones may."""
        if self._limit is None:
            return
        now = self._clock.monotonic()
        self._free_at = max(now, self._free_at) + size / self._limit
        self._clock.sleep(self._free_at - now)


class PacedBody(io.BytesIO):
    """What is uploaded. It is read once to be signed, at full speed, and then at the pace of the line."""

    def __init__(self, content: bytes, pace: Pace) -> None:
        super().__init__(content)
        self._pace = pace
        self._sending = False

    def begin_sending(self) -> None:
        """From now on each read goes out on the wire."""
        self._sending = True

    def read(self, size: int | None = -1, /) -> bytes:
        """What comes next; while it is sent, only as fast as the pace allows."""
        piece = super().read(size)
        if self._sending:
            self._pace.take(len(piece))
        return piece
