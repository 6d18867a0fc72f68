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
from core.sqlite_file import BUSY_SECONDS, REFUSALS, connect, patiently

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BESIDE = ("-wal", "-shm", "-journal")
_PAUSE = 0.001  # seconds: a program that commits all the time is idle for a moment in between


def put_sqlite(database: Path, content: bytes, *, busy_seconds: float | None = None) -> None:
    """What the file holds becomes `content`; the file, its owner and its mode stay.

    Raises:
        SourceDamaged: what lies there is too broken to be written into. RestoreFailed: somebody locks it, or SQLite
        refused something else: nothing was changed.
    """
    seconds = BUSY_SECONDS if busy_seconds is None else busy_seconds
    patience = _Patience(database, time.monotonic() + seconds)
    try:
        with closing(connect(database, mode="rw", busy_seconds=seconds)) as live:
            patiently(live, "PRAGMA synchronous=FULL", path=database, busy_seconds=seconds)
            live.execute("PRAGMA busy_timeout=1")  # milliseconds: we ask again ourselves
            with closing(sqlite3.connect(":memory:")) as new:
                new.deserialize(in_memory(content))
                while not _is_done(new, live, patience):
                    time.sleep(_PAUSE)
    except REFUSALS as error:
        raise _refused(database, error) from None


def _is_done(new: sqlite3.Connection, live: sqlite3.Connection, patience: "_Patience") -> bool:
    """One try: all of it in one transaction, or nothing. Python asks again only for some of the ways to be busy."""
    try:
        new.backup(live, pages=-1, sleep=_PAUSE, progress=patience)
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code not in _BUSY:
            raise
        patience(code, 0, 0)
        return False
    return True


def set_aside(database: Path, name: str) -> None:
    """The journals beside a database that is gone or broken: SQLite would play them into the new one."""
    for end in _BESIDE:
        beside = database.with_name(database.name + end)
        if beside.is_symlink() or beside.exists():
            beside.rename(beside.with_name(f"{beside.name}.{name}"))


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
    return RestoreFailed(f"SQLite refused to replace {database}: {plain(str(error))}")
