"""How fast a client may speak: a measure that the common servers bear, in lines and in bytes.

Servers kill for what piles up unread: Solanum for more than 20 lines (it takes 5 at once, then 2 a second), UnrealIRCd
and InspIRCd for more than 8000 bytes (10 lines at once, then one a second; for UnrealIRCd 90 bytes are a line more).
"""

from collections.abc import Callable
from dataclasses import dataclass

_LINES = 8.0  # at once
_RESERVE = 3.0  # lines more, for a question about who somebody is: its answer is awaited for seconds only
_WEIGHT = 20.0  # of what may pile up: a short line weighs 1, the longest 7
_BYTES = 80  # that weigh as much as one line more


@dataclass(slots=True)
class _Bucket:
    """Tokens that come back at a steady rate. What was taken beyond zero is owed."""

    capacity: float
    tokens: float

    def fill(self, tokens: float) -> None:
        self.tokens = min(self.capacity, self.tokens + tokens)

    def lacks(self, needed: float) -> float:
        """How much is missing for something that needs so much; nothing needs more than a full bucket."""
        return min(needed, self.capacity) - self.tokens


class Pace:
    """Some lines at once, then `per_second`; long lines weigh more, and what they weigh is paid."""

    def __init__(self, clock: Callable[[], float], per_second: float) -> None:
        self._clock = clock
        self._per_second = per_second
        self._lines = _Bucket(_LINES, _LINES)
        self._weight = _Bucket(_WEIGHT, _WEIGHT)
        self._filled_at = clock()

    def wait(self, size: int, *, urgent: bool = False) -> float:
        """Seconds until a line of that many bytes may go; 0 or less: now."""
        now = self._clock()
        self._lines.fill((now - self._filled_at) * self._per_second)
        self._weight.fill((now - self._filled_at) * self._per_second)
        self._filled_at = now
        missing = max(self._lines.lacks(1), self._weight.lacks(_weight(size)))
        return (missing - (_RESERVE if urgent else 0)) / self._per_second

    def spend(self, size: int) -> None:
        """A line of that many bytes went out."""
        self._lines.tokens -= 1
        self._weight.tokens -= _weight(size)


def _weight(size: int) -> float:
    return 1 + size / _BYTES
