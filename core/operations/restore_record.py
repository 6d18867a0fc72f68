"""What a restore was doing, written down before each step, so that a crash can be told and mended.

One folder per restore in the state directory: `record.json`; `before.db`, the database as services left it; and
`added.rows` and `removed.rows`, what the restore did to it. Where it is about a tree of files: `before`, a folder with
those that it replaced or removed, and `changes.json`, what it did to each path.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, cast

from core.disk import make_private_folder, write_whole
from core.domain.code import new_code
from core.domain.errors import StorageUnavailable
from core.domain.thing import Thing, named_thing
from core.registrations.row_change import Change
from core.registrations.wish import Kind

Step = Literal["stopping", "kept", "replacing", "replaced", "starting", "done", "abandoned", "rolled back"]
EVERYBODY = "*"  # instead of an account: all of them
UNDO_LIFETIME = timedelta(days=7)
ABSENT = "absent"  # instead of a digest: there was no file
_FINISHED: frozenset[Step] = frozenset({"done", "abandoned", "rolled back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecord:
    """One restore, as far as it got. Digests are SHA-256 (hex) of whole database files."""

    id: str  # the code that was agreed to, where there was one
    kind: Kind | Thing
    name: str  # of what came back, as it is stored
    snapshot: str  # its id; "" where a restore is undone
    by: str
    begun_at: str  # ISO 8601, UTC
    source: str
    step: Step
    was_running: bool
    format: Literal["rows", "tables", "files", "database"] = "rows"  # rows of Atheme's file or of SQLite, or all of it
    before: str = ""
    after: str = ""
    undoes: str = ""  # the restore that this one takes back
    undone_by: str = ""  # the restore that took this one back, as `RestoreFolder.all` knows

    @property
    def is_whole(self) -> bool:
        """Whether it is about a whole thing, and not about something inside the database."""
        return self.format in {"files", "database"}

    @property
    def undo_until(self) -> datetime:
        """When the way back from it ends."""
        return datetime.fromisoformat(self.begun_at) + UNDO_LIFETIME

    @property
    def what(self) -> str:
        """What it is about: "account alice"."""
        return named_thing(self.kind, self.name) if self.is_whole else f"{self.kind} {self.name}"

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.step in _FINISHED


class RestoreFolder:
    """All records under the state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / "restores"

    def before_image(self, record: RestoreRecord) -> Path:
        """Where what was there lies as it was: the database as services left it, or a folder of files."""
        return self._root / record.id / ("before" if record.format == "files" else "before.db")

    def changes(self, record: RestoreRecord) -> Path:
        """Where it is written down what a restore of a tree does to each path."""
        return self._root / record.id / "changes.json"

    def keep_before(self, record: RestoreRecord, content: bytes) -> None:
        """Write the before-image, flushed, before anything is changed."""
        make_private_folder(self._root / record.id)
        write_whole(self.before_image(record), [content])

    def keep_change(self, record: RestoreRecord, change: Change) -> None:
        """Write what is done to the database, flushed, before it is done."""
        for name, rows in (("added", change.added), ("removed", change.removed)):
            write_whole(self._root / record.id / f"{name}.rows", [b"".join(row + b"\n" for row in rows)])

    def change(self, record: RestoreRecord) -> Change:
        """What a restore did to the database.

        Raises:
            StorageUnavailable: it is not known any more.
        """
        try:
            added, removed = (
                tuple((self._root / record.id / f"{name}.rows").read_bytes().split(b"\n")[:-1])
                for name in ("added", "removed")
            )
        except OSError as error:
            raise StorageUnavailable(
                f"what restore {record.id} did is not known any more: {error.strerror}",
                hint=f"the database from before it lies at {self.before_image(record)}",
            ) from None
        kind = cast("Kind", record.kind)  # what is whole has no rows: it ended above
        return Change(kind=kind, name=record.name, added=added, removed=removed)

    def free_id(self, wanted: str) -> str:
        """`wanted`, or a longer code where an older restore has that one."""
        while not wanted or (self._root / wanted).exists():
            wanted = new_code(6)
        return wanted

    def write(self, record: RestoreRecord, step: Step, **changes: str) -> RestoreRecord:
        """The record at its next step, on disk before this returns."""
        record = replace(record, step=step, **changes)  # type: ignore[arg-type]  # only texts are ever changed
        make_private_folder(self._root / record.id)
        text = json.dumps(asdict(record), indent=1, sort_keys=True) + "\n"
        write_whole(self._root / record.id / "record.json", [text.encode()])
        return record

    def all(self) -> Iterator[RestoreRecord]:
        """Every restore that was ever begun here, oldest first.

        Which of them were taken back, the undos themselves say: written down twice, a crash between the two would lie.
        """
        records = [_read(path) for path in self._root.glob("*/record.json")]
        records.sort(key=lambda record: (record.begun_at, record.id))
        undone: dict[str, str] = {}
        for record in reversed(records):  # an undo that was taken back itself took nothing back
            if record.undoes and record.step == "done" and record.id not in undone:
                undone[record.undoes] = record.id
        yield from (replace(record, undone_by=undone.get(record.id, record.undone_by)) for record in records)

    def accounts(self, services: str = "") -> dict[str, datetime]:
        """Accounts that came back or were taken back, each with the last moment at which one was.

        EVERYBODY stands for the whole database of `services` (a source), which all accounts came back with.

        A record that cannot be read says nothing here: who looks must not be kept from working by it.
        """
        found: dict[str, datetime] = {}
        for path in self._root.glob("*/record.json"):
            with suppress(StorageUnavailable, OSError):
                record, at = _read(path), datetime.fromtimestamp(path.stat().st_mtime, UTC)
                everybody = record.kind == "database" and record.source == services
                if (record.kind == "account" or everybody) and record.step == "done":
                    name = EVERYBODY if everybody else record.name
                    found[name] = max(at, found.get(name, at))
        return found

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
