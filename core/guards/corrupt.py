"""What lies beside a database, or in its place, and tells that something went wrong. Nothing is opened.

Who closes a file gives up all locks that this process holds on it, and a restore into SQLite rests on them.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.domain.errors import SourceUnreadable
from core.domain.moment import ago
from core.domain.notice import Trouble
from core.domain.size import show_size
from core.guards.guard import each
from core.ports import Clock

_UNFINISHED = 120  # seconds: no save takes longer
_SUFFIX = ".corrupt"  # what UnrealIRCd appends to the name of a database that it could not read to its end
_MOST, _TOLD = 10_000, 4  # entries of a folder that are looked at, and names that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One that its program writes to NAME.new and renames."""

    name: str  # the source's
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """UnrealIRCd's data folder."""

    name: str
    path: Path


def look_at_leftovers(databases: Sequence[Database], folders: Sequence[Folder], clock: Clock) -> Iterator[Trouble]:
    """All that is found."""
    yield from each(
        [
            *(partial(_look_at_database, database, clock) for database in databases),
            *(partial(_look_at_folder, folder) for folder in folders),
        ]
    )


def _look_at_database(database: Database, clock: Clock) -> Iterator[Trouble]:
    live, new = _stat(database.file), _stat(database.file.with_name(f"{database.file.name}.new"))
    if live is not None and live.st_size == 0:
        yield _empty(database)
    if new is not None and (age := clock.now().timestamp() - new.st_mtime) > _UNFINISHED:
        yield _leftover(database, new.st_size, age, longer=live is None or new.st_size > live.st_size)


def _look_at_folder(folder: Folder) -> Iterator[Trouble]:
    if names := _put_aside(folder.path):
        yield _corrupt(folder, names)


def empty_words(name: str) -> str:
    """As `status` says it, too: so it is one trouble there, and not two."""
    return f"the living database of {name} is empty: its last save was cut short"


def _empty(database: Database) -> Trouble:
    return Trouble(
        cause=f"corrupt/{database.name}",
        gravity="emergency",
        title=empty_words(database.name),
        detail=(
            "Do not restart its program: what is new lives in its memory alone. Make room on that disk, then have it "
            "saved anew. The good copies are kept: nothing is removed until then."
        ),
        suggestion="!save",
        freezes=True,
    )


def _leftover(database: Database, size: int, age: float, *, longer: bool) -> Trouble:
    name = f"{database.file.name}.new"
    detail = f"A save of {database.name} was cut short. It is worth nothing, and can be removed."
    if longer:
        detail += " It is longer than the database, and not cut when it is written over: the next save would end in it."
    return Trouble(
        cause=f"corrupt/{database.name}.new",
        gravity="error" if longer else "warning",
        title=f"{name} ({show_size(size)}) was left over {ago(age)} ago",
        detail=detail,
        suggestion=f"rm {name}",
    )


def _corrupt(folder: Folder, names: Sequence[str]) -> Trouble:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return Trouble(
        cause=f"corrupt/{folder.name}",
        gravity="error",
        title=f"UnrealIRCd could not read and put aside {', '.join(names[:_TOLD])}{more}",
        detail="It runs without what was in it. Once that is back, remove the file that was put aside.",
        suggestion="!restore ircd",
    )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be looked at: {error.strerror}") from None


def _put_aside(folder: Path) -> list[str]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= _MOST:
                    break
                if entry.name.endswith(_SUFFIX):
                    found.append(entry.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SourceUnreadable(f"{folder} cannot be looked at: {error.strerror}") from None
    return sorted(found)
