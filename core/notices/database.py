"""The outbox's file: one SQLite database in the state directory, whole after any crash."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.disk import make_private_folder, write_error
from core.domain.errors import StorageUnavailable

_BUSY_SECONDS = 30  # the bot and a command line may write at the same time
_VERSION = 1
_SCHEMA = """
CREATE TABLE incidents (cause TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE mutes (what TEXT PRIMARY KEY, until TEXT NOT NULL, by TEXT NOT NULL);
CREATE TABLE notices (id TEXT PRIMARY KEY, body TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  target TEXT NOT NULL,
  notice TEXT NOT NULL REFERENCES notices (id),
  place INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'merged', 'dropped')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX by_target ON deliveries (target, state, place);
CREATE TABLE targets (name TEXT PRIMARY KEY, disabled TEXT NOT NULL DEFAULT '', delivered_at TEXT NOT NULL DEFAULT '');
"""


class Database:
    """One connection for all threads of this process. Everything in a `with` block is done, or nothing of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is on the medium when the block has ended.

        Raises:
            StorageUnavailable: it could not be written; nothing of it was.
        """
        with self._lock:
            try:
                connection = self._opened()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
            except sqlite3.Error as error:
                raise self._failed(error) from None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For what changes nothing. Raises the same."""
        with self._lock:
            try:
                yield self._opened()
            except sqlite3.Error as error:
                raise self._failed(error) from None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            make_private_folder(self._path.parent)
            self._touch()
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")  # what was promised to be told is on the medium
                self._make(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _touch(self) -> None:
        """SQLite would make it for others to read, too."""
        try:
            if not self._path.exists():
                self._path.touch(mode=0o600)
        except OSError as error:
            raise write_error(self._path, error) from error

    def _make(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:
            return
        if version:
            raise StorageUnavailable(
                f"{self._path} was written by another version (its form is {version})",
                hint="move it aside: what waits in it is told by that version only",
            )
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not version:  # another process may have been quicker
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.commit()

    def _failed(self, error: sqlite3.Error) -> StorageUnavailable:
        """It is opened anew the next time: somebody may have moved it aside, and it lives on under that name only."""
        self.close()
        name = getattr(error, "sqlite_errorname", "")
        return StorageUnavailable(
            f"the outbox {self._path} cannot be used: {type(error).__name__} {name}".rstrip(),
            hint="is the disk full? one that is damaged can be moved aside; notices are said in the log meanwhile",
        )
