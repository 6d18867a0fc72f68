"""The tables that hold neither accounts nor channels: how they are called, and their rows to be counted."""

from collections import Counter

from core.formats.sqlite.model import Value
from core.formats.sqlite.opening import opened, quoted
from core.formats.sqlite.reading import FIELDS, table_names

Counted = Counter[tuple[Value, ...]]


def other_rows(content: bytes) -> dict[str, Counted]:
    """All rows of each other table, by its folded name.

    Raises:
        Unreadable: SQLite cannot read it.
    """
    with opened(content) as connection:
        names = {folded: name for folded, name in table_names(connection).items() if _is_other(folded)}
        return {
            folded: Counter(connection.execute(f"SELECT * FROM {quoted(name)}"))  # noqa: S608 — the name is quoted
            for folded, name in names.items()
        }


def other_tables(content: bytes) -> tuple[str, ...]:
    """What these tables are called.

    Raises:
        Unreadable: SQLite cannot read it.
    """
    with opened(content) as connection:
        return tuple(sorted(name for folded, name in table_names(connection).items() if _is_other(folded)))


def _is_other(folded: str) -> bool:
    return folded not in FIELDS.values() and not folded.startswith("sqlite_")
