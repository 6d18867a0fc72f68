"""Open a database that somebody else wrote, and trust nothing in it.

It lies in memory, so whatever it does, it does to a copy. What it may use of time and memory is bounded by its size.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from core.formats.sqlite.header import in_memory, is_sqlite

_STEP = 100_000  # instructions of SQLite's machine between two looks at the budget
_BUDGET = 50_000_000  # instructions, whatever the size,
_PER_BYTE = 30  # and these for each byte: a check takes three at most
_LEAST = 1 << 20  # bytes that one value may have, in the smallest database
_MOST = 1_000_000_000  # SQLite's own limit


class Unreadable(Exception):
    """SQLite cannot read it; the text says why, and quotes no value. Says whether it was cut short by the budget."""

    def __init__(self, message: str, *, cut_short: bool = False) -> None:
        super().__init__(message)
        self.cut_short = cut_short


@contextmanager
def opened(content: bytes) -> Iterator[sqlite3.Connection]:
    """A connection to a copy in memory, which nothing can change.

    Raises:
        Unreadable: also from within, wherever SQLite gives up on the bytes.
    """
    if not is_sqlite(content):
        raise Unreadable("its first bytes do not say SQLite" if content else "it is empty")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.deserialize(in_memory(content))
            harden(connection, size=len(content))
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA cell_size_check=ON")
            yield connection
        except (sqlite3.Error, MemoryError, OverflowError, UnicodeError) as error:
            raise Unreadable(*_reason(error), cut_short=_was_cut_short(error)) from None


def harden(connection: sqlite3.Connection, *, size: int) -> None:
    """Bound what the database may do to us: no extensions, no functions in its schema, no endless work."""
    connection.text_factory = text
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(_MOST, max(_LEAST, size)))
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_progress_handler(_budget(size), _STEP)
    connection.execute("PRAGMA trusted_schema=OFF")


def text(raw: bytes) -> str:
    """Text as it is stored. What is not UTF-8 is kept in surrogates, and comes out as it went in."""
    return raw.decode("utf-8", "surrogateescape")


def quoted(name: str) -> str:
    """A name of a table or a column in a statement, whatever characters it has.

    Raises:
        Unreadable: it has a NUL or is not text: no statement can name it.
    """
    if "\0" in name or any("\ud800" <= char <= "\udfff" for char in name):
        raise Unreadable("a table or column has a name that no statement can say")
    return '"' + name.replace('"', '""') + '"'


def _budget(size: int) -> Callable[[], int]:
    left = (_BUDGET + _PER_BYTE * size) // _STEP

    def look() -> int:
        nonlocal left
        left -= 1
        return int(left < 0)

    return look


def _was_cut_short(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and str(error) == "interrupted"


def _reason(error: BaseException) -> tuple[str]:
    if isinstance(error, MemoryError):
        return ("it would take more memory than there is",)
    if _was_cut_short(error):
        return ("reading it takes far longer than its size explains",)
    return (plain(str(error)),)


def plain(message: str) -> str:
    """What SQLite says, in one printable line."""
    return "".join(char if char.isprintable() else "?" for char in message)[:160]
