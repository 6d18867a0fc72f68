"""What the values of one row say to people, and what tells one registration from the next."""

from core.formats.sqlite import Row, Table, Value
from core.formats.sqlite.model import as_bytes
from core.registrations.tables import names
from core.registrations.words import date_of, shown


def value_of(table: Table | None, row: Row, column: str) -> Value:
    """The value in a column, or None where there is none."""
    at = table.place(column) if table is not None else -1
    return row.values[at] if at >= 0 else None


def told(table: Table | None, row: Row, column: str) -> str:
    """A name as it may be shown."""
    return shown(as_bytes(value_of(table, row, column)))


def registered(table: Table | None, row: Row) -> Value:
    """When it was registered, as stored."""
    column = table.first(names.REGISTERED) if table is not None else None
    return value_of(table, row, column.name) if column is not None else None


def born(table: Table | None, row: Row) -> str:
    """When it was registered, in brackets; nothing where it is not known."""
    raw = as_bytes(registered(table, row))
    day = date_of(raw)
    if day == "?":
        day = shown(raw)[:10]
    return f" (registered {day})" if day else ""


def is_same(one: Table | None, row: Row, other: Table | None, there: Row) -> bool:
    """Whether two rows of one name are the same registration. Where nothing tells, they are taken to be."""
    first, second = registered(one, row), registered(other, there)
    return first is None or second is None or as_bytes(first) == as_bytes(second)


def flags(table: Table | None, row: Row) -> str:
    """The access that a row gives, as it may be shown."""
    column = table.first(names.FLAGS) if table is not None else None
    return shown(as_bytes(value_of(table, row, column.name))) if column is not None else ""


def gives_founder(table: Table | None, row: Row) -> bool:
    """Whether it makes its holder a founder: the flag F, or the word."""
    text = flags(table, row)
    return text.lower() == "founder" or "F" in text


def stable(table: Table, row: Row) -> tuple[tuple[str, Value], ...]:
    """What counts as the row: not what changes by itself."""
    return tuple(
        (column.name.lower(), value) for column, value in table.items(row) if column.name.lower() not in names.VOLATILE
    )
