"""A living SQLite database: copied while programs write to it, and connected to with care."""

import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from core.disk import modified_at, read_whole
from core.domain.errors import SourceDamaged, SourceUnreadable, WriteUnfinished
from core.formats.sqlite import is_sqlite
from core.formats.sqlite.header import says_wal
from core.formats.sqlite.opening import plain

# What SQLite raises about a database. Its own words may quote a broken schema, which is not text then.
REFUSALS = (sqlite3.Error, UnicodeError, MemoryError)
_HEADER = 100
BUSY_SECONDS = 10.0  # how long we wait for a program that holds a lock, where nobody set it
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def copy_sqlite(database: Path, *, limit: int, busy_seconds: float) -> bytes:
    """The bytes of one moment. Never writes, and leaves no files beside the database that were not there.

    Raises:
        SourceUnreadable: it cannot be read; SourceDamaged: it is no SQLite database.
    """
    path = _resolved(database)
    header = starts_with(path, limit=limit)
    if not is_sqlite(header):
        raise SourceDamaged(
            f"{database} is {'no SQLite database' if header else 'empty'}",
            hint="look at sources.*.kind" if header else "an empty database is never taken as a backup",
        )
    return _quiet(path, header, limit) or backed_up(path, limit=limit, busy_seconds=busy_seconds)


def read_bare(path: Path, *, limit: int) -> bytes:
    """A bare file, whatever it is. What an SQLite database has in its log beside it is read too.

    Raises:
        SourceUnreadable, SourceDamaged: it cannot be read.
    """
    content, _ = read_whole(path, limit=limit)
    if is_sqlite(content) and any(_beside(_resolved(path), end).exists() for end in ("-wal", "-journal")):
        return copy_sqlite(path, limit=limit, busy_seconds=BUSY_SECONDS)
    return content


def starts_with(database: Path, *, limit: int) -> bytes:
    """The first bytes of a regular file, which decide its format.

    To be called while this process has no connection to it: closing a file gives up all locks on it.

    Raises:
        SourceUnreadable: missing, not readable, no regular file, or larger than `limit`.
    """
    try:
        descriptor = os.open(database, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SourceUnreadable(f"{database} is not a regular file")
            if os.fstat(file.fileno()).st_size > limit:
                raise SourceUnreadable(f"{database} is larger than {limit} bytes", hint="is it the right file?")
            return file.read(_HEADER)
    except OSError:
        read_whole(database, limit=limit)  # says why, in its own words
        raise


def _resolved(database: Path) -> Path:
    """The file itself: its log lies beside it, not beside a link to it."""
    try:
        return database.resolve(strict=True)
    except (OSError, RuntimeError):
        return database


def _log(path: Path) -> Path:
    return _beside(path, "-wal")


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _quiet(path: Path, header: bytes, limit: int) -> bytes | None:
    """A database in WAL mode that nobody has open is a plain file; to connect would leave a log beside it."""
    if not says_wal(header) or _log(path).exists():
        return None
    content, _ = read_whole(path, limit=limit)
    return None if _log(path).exists() else content


def backed_up(path: Path, *, limit: int, busy_seconds: float) -> bytes:
    """What is committed now, through a connection of its own; also while this process holds the write lock.

    Raises:
        SourceUnreadable, SourceDamaged: SQLite does not let us, or cannot.
    """
    try:
        with closing(connect(path, mode="ro", busy_seconds=busy_seconds)) as live:
            return copy_of(live, limit=limit, path=path, busy_seconds=busy_seconds)
    except REFUSALS as error:
        raise unreadable(path, error) from None


def mend(path: Path, *, busy_seconds: float) -> None:
    """Let SQLite take back what a killed writer had begun: the first read of who may write does it.

    Raises:
        SourceUnreadable, SourceDamaged: as for `backed_up`.
    """
    try:
        with closing(connect(path, mode="rw", busy_seconds=busy_seconds)) as live:
            patiently(live, "SELECT count(*) FROM sqlite_schema", path=path, busy_seconds=busy_seconds)
    except REFUSALS as error:
        raise unreadable(path, error) from None


def connect(path: Path, *, mode: Literal["ro", "rw"], busy_seconds: float) -> sqlite3.Connection:
    """A connection that never creates a database, and begins and ends its transactions only where it is told to."""
    uri = f"{_resolved(path).absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def patiently(connection: sqlite3.Connection, statement: str, *, path: Path, busy_seconds: float) -> None:
    """Take a lock, however busy the others are.

    SQLite's own waiting sleeps longer and longer, and a program that commits all the time is never seen idle by it.

    Raises:
        SourceUnreadable: nobody let us in.
    """
    connection.execute("PRAGMA busy_timeout=1")  # milliseconds: one short sleep for each try
    try:
        for _ in range(max(1, int(busy_seconds * 1000))):
            try:
                connection.execute(statement).fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _BUSY:
                    raise
            else:
                return
        raise _locked(path)
    finally:
        connection.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")


def copy_of(live: sqlite3.Connection, *, limit: int, path: Path, busy_seconds: float) -> bytes:
    """All of the database as a new connection sees it, in one step and one transaction.

    In small steps, without the transaction, a copy begins anew at every commit of a writer and never ends. Nor does it
    end from a connection that writes itself: SQLite calls that busy, and Python asks again for ever.
    """

    def go_on(status: int, remaining: int, total: int) -> None:
        del remaining, total
        if status in _BUSY:
            raise _locked(path)

    live.execute("BEGIN")
    try:
        # The read lock: what is seen from here on is one moment.
        patiently(live, "SELECT count(*) FROM sqlite_schema", path=path, busy_seconds=busy_seconds)
        size = live.execute("PRAGMA page_count").fetchone()[0] * live.execute("PRAGMA page_size").fetchone()[0]
        if size > limit:
            raise SourceUnreadable(f"{path} is larger than {limit} bytes", hint="is it the right file?")
        with closing(sqlite3.connect(":memory:")) as copy:
            live.backup(copy, pages=-1, progress=go_on)
            return copy.serialize()
    finally:
        live.execute("ROLLBACK")


def _locked(path: Path) -> SourceUnreadable:
    return SourceUnreadable(f"{path} is locked by another program", hint="raise busy_timeout_seconds, or try again")


def unreadable(path: Path, error: Exception) -> SourceUnreadable | SourceDamaged:
    """What SQLite's refusal means to an operator."""
    said = "its schema is not text" if isinstance(error, UnicodeError) else plain(str(error))
    code = getattr(error, "sqlite_errorcode", 0) or 0
    first = code & 0xFF
    if first in _BUSY:
        return _locked(path)
    if isinstance(error, UnicodeError) or first in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return SourceDamaged(f"{path} has 1 fault: {said}", hint="no snapshot was made of it; older ones are untouched")
    if first == sqlite3.SQLITE_READONLY:
        return WriteUnfinished(
            f"{path} has a write that was cut short, and only its own program may finish it",
            hint="start that program once; it mends its database",
        )
    return SourceUnreadable(
        f"{path} cannot be read by uid {os.geteuid()}: {said}",
        hint="that user needs to read the file, and the files beside it whose names begin like it",
    )


def saved_at(database: Path) -> datetime:
    """The last write to the database or its log."""
    log = _log(_resolved(database))
    times = [modified_at(database)]
    if log.exists():
        times.append(modified_at(log))
    return max(times).astimezone(UTC)
