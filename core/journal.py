"""The audit trail on this host: one line for each request, decision and result."""

from pathlib import Path

from core.jsonl import append
from core.ports import Clock


class FileJournal:
    """Append-only JSON lines, 0600, flushed line by line."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def record(self, event: str, **fields: str | int | None) -> None:
        """Append one line; see the port."""
        append(self._path, {"at": self._clock.now().isoformat(timespec="milliseconds"), "event": event, **fields})
