"""How fast a client may speak: what common servers bear, in lines and in bytes, found out from the server's version.

Servers kill for what piles up unread: Solanum for more than 20 lines, UnrealIRCd and InspIRCd for more than 8000 bytes.
All were measured with their default configuration, on a connection of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

_RESERVE = 3.0  # lines more, for a question about who somebody is: its answer is awaited for seconds only


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a server bears from one client."""

    lines: float  # at once
    per_second: float
    bytes: int  # that weigh as much as one line more
    weight: float  # of what may pile up: a short line weighs 1, the longest 1 + 512 / bytes


# What none of those that were measured kills for: ten lines wait in the server at most.
PORTABLE = Measure(lines=5, per_second=1, bytes=80, weight=10)
_KNOWN = {
    # 10 s ahead; an unknown user pays a second and one more for 90 bytes, on some networks 1.2 s for 80.
    "unrealircd": Measure(lines=8, per_second=0.8, bytes=80, weight=16),
    # A second for each command, 10 s ahead (version 3), and nothing for length but that 8192 bytes may wait.
    "inspircd": Measure(lines=8, per_second=1, bytes=400, weight=14),
    # 5 at once, then 2 a second; more than 20 that wait are the end.
    "solanum": Measure(lines=5, per_second=1.6, bytes=400, weight=10),
    # 3 a second; it reads no faster, and kills nobody for it.
    "ngircd": Measure(lines=6, per_second=2, bytes=400, weight=12),
    # 5 at once, then 2 a second.
    "ergo": Measure(lines=5, per_second=1.6, bytes=400, weight=10),
}


def measure_of(version: str) -> Measure:
    """By what a server says of itself in 004: "InspIRCd-3", "UnrealIRCd-6.1.0", "ngircd-26.1"."""
    word = version.lower()
    return next((measure for name, measure in _KNOWN.items() if name in word), PORTABLE)


def exempted(per_second: float) -> Measure:
    """What an operator says that the server bears."""
    return Measure(lines=8, per_second=per_second, bytes=80, weight=20)


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
    """Some lines at once, then so many a second; long lines weigh more, and what they weigh is paid."""

    def __init__(self, clock: Callable[[], float], measure: Measure) -> None:
        self._clock = clock
        self._filled_at = clock()
        self._measure = measure
        self._lines = _Bucket(measure.lines, measure.lines)
        self._weight = _Bucket(measure.weight, measure.weight)

    @property
    def measure(self) -> Measure:
        """What counts now."""
        return self._measure

    def bear(self, measure: Measure) -> None:
        """From now on that measure counts; what was said before stays said."""
        self._fill()
        spent = self._measure.lines - self._lines.tokens, self._measure.weight - self._weight.tokens
        self._measure = measure
        self._lines = _Bucket(measure.lines, measure.lines - spent[0])
        self._weight = _Bucket(measure.weight, measure.weight - spent[1])

    def wait(self, size: int, *, urgent: bool = False) -> float:
        """Seconds until a line of that many bytes may go; 0 or less: now."""
        self._fill()
        missing = max(self._lines.lacks(1), self._weight.lacks(self._weigh(size)))
        return (missing - (_RESERVE if urgent else 0)) / self._measure.per_second

    def spend(self, size: int) -> None:
        """A line of that many bytes went out."""
        self._lines.tokens -= 1
        self._weight.tokens -= self._weigh(size)

    def _fill(self) -> None:
        now = self._clock()
        tokens = (now - self._filled_at) * self._measure.per_second
        self._filled_at = now
        self._lines.fill(tokens)
        self._weight.fill(tokens)

    def _weigh(self, size: int) -> float:
        return 1 + size / self._measure.bytes
