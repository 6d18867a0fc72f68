"""What the chat writes into the audit trail: never more than a disk bears, never a reason to stop (decision 0013)."""

from core.domain.audit import Value
from core.domain.errors import BackupServError
from core.operations.engine import Engine

# What anybody can cause: so many lines at once, then one in so many seconds, and a count of the rest.
_ANYBODYS = frozenset({"command refused", "command dropped", "command ignored"})
_AT_ONCE = 30
_SECONDS = 4.0


class Trail:
    """Writes lines, and says what people must hear of it."""

    def __init__(self) -> None:
        self._broken = False
        self._room = float(_AT_ONCE)
        self._looked_at = 0.0
        self._left_out = 0

    def write(self, engine: Engine, event: str, fields: dict[str, Value]) -> str:
        """One line; returns what everybody must be told: once when it cannot be written, once when it can again."""
        if event in _ANYBODYS and not self._has_room(engine.clock.monotonic()):
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

    def _has_room(self, now: float) -> bool:
        self._room = min(_AT_ONCE, self._room + (now - self._looked_at) / _SECONDS)
        self._looked_at = now
        if self._room < 1:
            return False
        self._room -= 1
        return True
