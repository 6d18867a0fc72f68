"""What a restore was doing, written down before each step, so that a crash can be told and mended.

One folder per restore in the state directory: `record.json` and `before.db`, the database as services left it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from core.disk import make_private_folder, write_whole
from core.domain.errors import StorageUnavailable

Step = Literal["stopping", "kept", "replacing", "replaced", "starting", "done", "abandoned", "rolled back"]
_FINISHED: frozenset[Step] = frozenset({"done", "abandoned", "rolled back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecord:
    """One restore, as far as it got. Digests are SHA-256 (hex) of whole database files."""

    id: str
    account: str
    snapshot: str
    by: str
    begun_at: str  # ISO 8601, UTC
    source: str
    step: Step
    was_running: bool
    before: str = ""
    after: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.step in _FINISHED


class RestoreFolder:
    """All records under the state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / "restores"

    def before_image(self, record: RestoreRecord) -> Path:
        """Where the database lies as services left it."""
        return self._root / record.id / "before.db"

    def keep_before(self, record: RestoreRecord, content: bytes) -> None:
        """Write the before-image, flushed, before anything is changed."""
        make_private_folder(self._root / record.id)
        write_whole(self.before_image(record), [content])

    def write(self, record: RestoreRecord, step: Step, **changes: str) -> RestoreRecord:
        """The record at its next step, on disk before this returns."""
        record = replace(record, step=step, **changes)  # type: ignore[arg-type]  # only before/after are ever changed
        make_private_folder(self._root / record.id)
        text = json.dumps(asdict(record), indent=1, sort_keys=True) + "\n"
        write_whole(self._root / record.id / "record.json", [text.encode()])
        return record

    def all(self) -> Iterator[RestoreRecord]:
        """Every restore that was ever begun here, oldest first."""
        records = [_read(path) for path in self._root.glob("*/record.json")]
        yield from sorted(records, key=lambda record: (record.begun_at, record.id))

    def unfinished(self) -> tuple[RestoreRecord, ...]:
        """Restores that a crash cut short."""
        return tuple(record for record in self.all() if not record.finished)


def _read(path: Path) -> RestoreRecord:
    try:
        return RestoreRecord(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise StorageUnavailable(
            f"the record of a restore at {path} cannot be read: {type(error).__name__}",
            hint=f"look at {path.parent}: before.db there is the database as it was",
        ) from None
