"""Who fails too often is not listened to for a while."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TRIES = 3
WINDOW = timedelta(minutes=10)
SILENCE = timedelta(minutes=30)
_MOST = 1000  # remembered at the same time; the oldest makes room


@dataclass(slots=True)
class _Record:
    failures: list[datetime] = field(default_factory=list)
    closed_until: datetime | None = None


class Lockout:
    """Counts failures by whatever they are counted by: a user@host, a person."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._records = OrderedDict[str, _Record]()

    def is_closed(self, key: str) -> bool:
        """Whether nobody listens."""
        record = self._records.get(key)
        return record is not None and record.closed_until is not None and record.closed_until > self._now()

    def failed(self, key: str) -> bool:
        """One failure more; True for the one that closes the door."""
        now = self._now()
        record = self._records.setdefault(key, _Record())
        self._records.move_to_end(key)
        while len(self._records) > _MOST:
            self._records.popitem(last=False)
        if self.is_closed(key):
            return False
        record.failures = [*(at for at in record.failures if now - at < WINDOW), now]
        if len(record.failures) < TRIES:
            return False
        record.failures, record.closed_until = [], now + SILENCE
        return True

    def succeeded(self, key: str) -> None:
        """What failed before is forgiven."""
        self._records.pop(key, None)
