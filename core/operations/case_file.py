"""Cases on disk: one file each in the state directory, written whole before and after each step."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from core.disk import make_private_folder, write_whole
from core.domain.case import Case, Note
from core.domain.code import new_code
from core.domain.errors import SnapshotNotFound, StorageUnavailable

_LIMIT = 4 << 20
_ID = re.compile(r"[2-9A-Z]{4,8}")


class CaseFolder:
    """All that were ever opened here."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / "incidents"

    def write(self, case: Case) -> Case:
        """On disk before this returns."""
        make_private_folder(self._root)
        text = json.dumps(asdict(case), default=datetime.isoformat, ensure_ascii=False, indent=1)
        write_whole(self._path(case.id), [text.encode(errors="backslashreplace"), b"\n"])
        return case

    def free_id(self) -> str:
        """One that no other has."""
        while self._path(found := new_code(4)).exists():
            continue
        return found

    def all(self) -> tuple[Case, ...]:
        """The oldest first.

        Raises:
            StorageUnavailable: one of them cannot be read.
        """
        return tuple(sorted(self._read(), key=lambda case: (case.opened_at, case.id)))

    def find(self, case_id: str) -> Case:
        """One of them.

        Raises:
            SnapshotNotFound: there is none.
        """
        wanted = case_id.upper()
        if not _ID.fullmatch(wanted) or not self._path(wanted).exists():
            raise SnapshotNotFound(f"there is no incident {case_id[:20]}", hint="`incident` lists all of them")
        return _case(self._path(wanted))

    def current(self) -> Case | None:
        """The one that is not closed."""
        return next((case for case in reversed(self.all()) if not case.is_over), None)

    def _read(self) -> Iterator[Case]:
        for path in self._root.glob("*.json"):
            if _ID.fullmatch(path.stem):
                yield _case(path)

    def _path(self, case_id: str) -> Path:
        return self._root / f"{case_id}.json"


def _case(path: Path) -> Case:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_LIMIT))
        return Case(
            id=path.stem,
            title=str(told["title"]),
            by=str(told["by"]),
            opened_at=_moment(told["opened_at"]),
            step=told["step"],
            pinned=tuple(told["pinned"]),
            saved=tuple(told["saved"]),
            troubles=tuple(told["troubles"]),
            notes=tuple(_note(note) for note in told["notes"]),
            closed_at=_moment(told["closed_at"]) if told["closed_at"] else None,
            closed_by=str(told["closed_by"]),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise StorageUnavailable(
            f"the record of incident {path.stem} cannot be read: {type(error).__name__}",
            hint=f"look at incidents/{path.name} in the state directory; moved away it is forgotten",
        ) from None


def _note(told: dict[str, Any]) -> Note:
    return Note(at=_moment(told["at"]), by=str(told["by"]), text=str(told["text"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
