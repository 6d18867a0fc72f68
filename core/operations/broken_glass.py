"""That somebody did alone what takes two people: remembered apart, so that the status tells it for a week."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.moment import ago
from core.jsonl import append, read
from core.ports import Clock

_TOLD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenGlass:
    """One line each time, in the state directory. The audit trail has more."""

    state_dir: Path
    clock: Clock

    @property
    def _path(self) -> Path:
        return self.state_dir / "broken-glass.jsonl"

    def note(self, *, by: str, what: str) -> None:
        """It is about to happen.

        Raises:
            StorageFull, StorageUnavailable: it was not written; then it must not happen.
        """
        append(self._path, {"at": self.clock.now().isoformat(), "by": by, "what": what})

    def lately(self) -> str:
        """The last time within a week, in words; "" for none.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        lines, _ = read(self._path)
        for _, fields in reversed(lines):
            since = self.clock.now() - datetime.fromisoformat(str(fields["at"])).astimezone(UTC)
            if since <= _TOLD_FOR:
                return f"glass broken {ago(since.total_seconds())} ago by {fields['by']} ({fields['what']})"
        return ""
