"""What the chat writes into the audit trail: never more than a disk bears, never a reason to stop (decision 0013)."""

from dataclasses import dataclass

from core.domain.audit import Value
from core.domain.errors import BackupServError
from core.operations.engine import Engine

# What anybody, or a server, can cause: so many lines at once, then one in so many seconds, and a count of the rest.
_REFUSALS = frozenset({"command refused", "command dropped", "command ignored"})
_CONNECTION = "irc "
_AT_ONCE = 30
_SECONDS = 4.0


@dataclass(slots=True)
class _Room:
    """What one kind of lines may still fill."""

    lines: float = _AT_ONCE
    looked_at: float = 0.0

    def take(self, now: float) -> bool:
        """Room for one line, if there is any."""
        self.lines = min(_AT_ONCE, self.lines + (now - self.looked_at) / _SECONDS)
        self.looked_at = now
        if self.lines < 1:
            return False
        self.lines -= 1
        return True


class Trail:
    """Writes lines, and says what people must hear of it."""

    def __init__(self) -> None:
        self._broken = False
        self._refusals = _Room()
        self._connection = _Room()
        self._left_out = 0

    def write(self, engine: Engine, event: str, fields: dict[str, Value]) -> str:
        """One line; returns what everybody must be told: once when it cannot be written, once when it can again."""
        if not self._has_room(event, engine.clock.monotonic()):
            self._left_out += 1
            return ""
        told = {name: value for name, value in fields.items() if value is not None}
        try:
            engine.journal.record(event, **told, **({"left_out": self._left_out} if self._left_out else {}))
        except BackupServError as error:
            is_news, self._broken = not self._broken, True
            return f"! the audit trail cannot be written: {error}. Nothing is removed until it can" if is_news else ""
        was_broken, self._broken, self._left_out = self._broken, False, 0
        return "the audit trail can be written again" if was_broken else ""

    def _has_room(self, event: str, now: float) -> bool:
        if event.startswith(_CONNECTION):
            return self._connection.take(now)
        return event not in _REFUSALS or self._refusals.take(now)
