"""Put another SQLite database in the place of a living one, so that programs which hold it open see it.

A rename would leave them on the file that is gone: what they write is lost. SQLite's own backup writes into the file
that is there, in one exclusive transaction; killed at any point, its journal takes it back.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from core.domain.errors import RestoreFailed, SourceDamaged
from core.formats.sqlite.header import in_memory
from core.formats.sqlite.opening import plain
from core.sqlite_file import BUSY_SECONDS, REFUSALS, connect, unreadable

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BESIDE = ("-wal", "-shm", "-journal")
_PAUSE = 0.001  # seconds: a program that commits all the time is idle for a moment in between


def put_sqlite(database: Path, content: bytes, *, busy_seconds: float | None = None) -> None:
    """What the file holds becomes `content`; the file, its owner and its mode stay.

    Raises:
        SourceDamaged: what lies there is too broken to be written into. SourceUnreadable: somebody locks it.
        RestoreFailed: SQLite refused something else; nothing was changed.
    """
    busy_seconds = BUSY_SECONDS if busy_seconds is None else busy_seconds
    try:
        with closing(connect(database, mode="rw", busy_seconds=busy_seconds)) as live:
            live.execute("PRAGMA busy_timeout=1")  # milliseconds: we ask again ourselves
            live.execute("PRAGMA synchronous=FULL")
            with closing(sqlite3.connect(":memory:")) as new:
                new.deserialize(in_memory(content))
                new.backup(live, pages=-1, sleep=_PAUSE, progress=_patience(database, busy_seconds))
    except REFUSALS as error:
        raise _refused(database, error) from None


def set_aside(database: Path, name: str) -> None:
    """The journals beside a database that is gone or broken: SQLite would play them into the new one."""
    for end in _BESIDE:
        beside = database.with_name(database.name + end)
        if beside.is_symlink() or beside.exists():
            beside.rename(beside.with_name(f"{beside.name}.{name}"))


def _patience(database: Path, seconds: float) -> "_Patience":
    return _Patience(database, time.monotonic() + seconds)


class _Patience:
    def __init__(self, database: Path, deadline: float) -> None:
        self._database = database
        self._deadline = deadline

    def __call__(self, status: int, remaining: int, total: int) -> None:
        del remaining, total
        if status in _BUSY and time.monotonic() > self._deadline:
            raise RestoreFailed(
                f"{self._database} is locked by another program",
                hint="stop that program, or say in sources.*.control how it is stopped",
            )


def _refused(database: Path, error: Exception) -> Exception:
    code = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    if code in _BROKEN or isinstance(error, UnicodeError):
        return SourceDamaged(f"{database} cannot be written into: {plain(str(error))}")
    if code in _BUSY:
        return unreadable(database, error)
    return RestoreFailed(f"SQLite refused to replace {database}: {plain(str(error))}")
