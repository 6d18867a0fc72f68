"""When a source was last looked at and found unchanged: a snapshot that is old is the whole truth still."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from core.disk import write_whole
from core.domain.errors import BackupServError

_LIMIT = 1 << 16


class Looks:
    """A small file of this host's own. Losing it loses a word in `status`, and nothing else."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "looks.json"

    def note(self, source: str, snapshot_id: str, at: datetime) -> None:
        """At that moment the source was what that snapshot holds. A full disk keeps no note."""
        looks = self._read() | {source: {"snapshot": snapshot_id, "at": at.isoformat()}}
        with suppress(BackupServError):
            write_whole(self._path, [json.dumps(looks, indent=1, sort_keys=True).encode() + b"\n"])

    def unchanged_at(self, source: str, snapshot_id: str) -> datetime | None:
        """When the source was last seen to be what that snapshot holds."""
        look = self._read().get(source)
        with suppress(ValueError, TypeError, KeyError):
            if isinstance(look, dict) and look["snapshot"] == snapshot_id:
                at = datetime.fromisoformat(look["at"])
                return at if at.tzinfo is not None else None
        return None

    def _read(self) -> dict[str, object]:
        with suppress(OSError, ValueError, RecursionError), self._path.open("rb") as file:
            looks = json.loads(file.read(_LIMIT))
            if isinstance(looks, dict):
                return looks
        return {}
