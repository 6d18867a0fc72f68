"""Read the four tables out of an open database. Names are bound or quoted, never trusted."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress

from core.formats.sqlite.model import Column, Row, Table, Tables, Unique
from core.formats.sqlite.opening import opened, quoted

FIELDS = {"accounts": "account_table", "nicks": "nick_table", "channels": "chan_table", "access": "chanacs_table"}
_ROWIDS = ("rowid", "_rowid_", "oid")
_GENERATED = frozenset({2, 3})  # "hidden" in table_xinfo: computed, not stored and stored


def read(content: bytes) -> Tables:
    """The four tables in a database's bytes.

    Raises:
        Unreadable: SQLite cannot read it.
    """
    with opened(content) as connection:
        return read_tables(connection)


def read_tables(connection: sqlite3.Connection) -> Tables:
    """The four tables as this connection sees them now. Its text must come through `opening.text`."""
    names = table_names(connection)
    found = {field: _table(connection, names[name]) for field, name in FIELDS.items() if name in names}
    return Tables(**found)


def table_names(connection: sqlite3.Connection) -> dict[str, str]:
    """All real tables: folded name → as it is spelt."""
    listed = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    return {str(name).lower(): str(name) for (name,) in listed}


def columns_of(connection: sqlite3.Connection, name: str) -> tuple[Column, ...]:
    """The columns of a table, in order."""
    infos = connection.execute(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', (name,)
    ).fetchall()
    keys = sum(1 for info in infos if info[4])
    references = _references(connection, name)
    return tuple(
        Column(
            name=column,
            type=kind or "",
            required=bool(required),
            has_default=default is not None,
            key=key,
            generated=hidden in _GENERATED,
            alias=bool(key) and keys == 1 and (kind or "").upper() == "INTEGER",
            refers_to=references.get(column.lower()),
        )
        for column, kind, required, default, key, hidden in infos
    )


def _references(connection: sqlite3.Connection, name: str) -> dict[str, tuple[str, str]]:
    rows = connection.execute('SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?)', (name,)).fetchall()
    single = {number for number, *_ in rows if sum(1 for row in rows if row[0] == number) == 1}
    return {
        column.lower(): (table.lower(), (to or "").lower()) for number, table, column, to in rows if number in single
    }


def _table(connection: sqlite3.Connection, name: str) -> Table:
    columns = columns_of(connection, name)
    rowid = _rowid(connection, name, columns)
    chosen = ", ".join([rowid or "NULL", *(quoted(column.name) for column in columns)])
    rows = connection.execute(f"SELECT {chosen} FROM {quoted(name)}")  # noqa: S608 — every name is quoted
    triggers = connection.execute(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower(?)", (name,)
    )
    return Table(
        name=name,
        columns=columns,
        uniques=tuple(_uniques(connection, name, columns)),
        rows=tuple(Row(tuple(values), rowid) for rowid, *values in rows),
        rowid_name=rowid,
        triggers=triggers.fetchone()[0],
    )


def _rowid(connection: sqlite3.Connection, name: str, columns: tuple[Column, ...]) -> str:
    taken = {column.name.lower() for column in columns}
    free = next((word for word in _ROWIDS if word not in taken), "")
    with suppress(sqlite3.OperationalError):  # "no such column": a table WITHOUT ROWID
        if free:
            connection.execute(f"SELECT {free} FROM {quoted(name)} LIMIT 0")  # noqa: S608 — every name is quoted
            return free
    return ""


def _uniques(connection: sqlite3.Connection, name: str, columns: tuple[Column, ...]) -> Iterator[Unique]:
    alias = next((column.name for column in columns if column.alias), "")
    if alias:
        yield Unique(columns=(alias,), collations=("BINARY",))
    indexes = connection.execute('SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (name,))
    for (index,) in indexes.fetchall():
        parts = connection.execute("SELECT name, coll FROM pragma_index_xinfo(?) WHERE key", (index,)).fetchall()
        if all(part is not None for part, _ in parts):  # an index on an expression: the database itself will say
            yield Unique(columns=tuple(part for part, _ in parts), collations=tuple(coll for _, coll in parts))
