"""Everything that the tables hold about one person, and nothing about anybody else. For an access request."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from core.formats.sqlite import Row, Table, Value
from core.registrations.tables import names
from core.registrations.tables.reading_rows import gives_founder, registered, told
from core.registrations.tables.register import Register
from core.registrations.tables.secrecy import is_secret, names_others

_TIMES = frozenset({*names.REGISTERED, *names.USED})


def personal_rows(register: Register, name: bytes, *, other_tables: Sequence[str] = ()) -> dict[str, object]:
    """The rows of the account of a folded name, in plain values."""
    tables = register.tables
    access = [(row, register.channel_of(row)) for row in register.access_of(name)]
    return {
        "account": _values(tables.accounts, register.accounts[name]),
        "nicks": [_values(tables.nicks, row) for row in register.nicks_of(name)],
        "channels": [
            {"channel": _channel(register, channel), **_values(tables.access, row)} for row, channel in access
        ],
        "founded": [_founded(register, channel) for channel in _founded_by(register, name)],
        "left_out": list(_left_out(tables.all(), other_tables)),
    }


def _values(table: Table | None, row: Row) -> dict[str, object]:
    items = table.items(row) if table is not None else ()
    return {
        column.name: _plain(column.name, value)
        for column, value in items
        if not is_secret(column.name) and not names_others(column.name)
    }


def _founded_by(register: Register, name: bytes) -> list[bytes]:
    listing = register.tables.access
    entries = [register.channel_of(row) for row in register.access_of(name) if gives_founder(listing, row)]
    return list(dict.fromkeys([*register.founded_by(name), *entries]))


def _founded(register: Register, channel: bytes) -> dict[str, object]:
    """What a channel is called and how old it is; the rest of its row is not about a person."""
    row, table = register.channels.get(channel), register.tables.channels
    born = registered(table, row) if row is not None else None
    return {"channel": _channel(register, channel), "registered": _plain("registered", born)}


def _channel(register: Register, channel: bytes) -> str:
    row = register.channels.get(channel)
    spelt = told(register.tables.channels, row, names.CHANNEL) if row is not None else ""
    return spelt or channel.lower().decode("utf-8", "replace")


def _left_out(tables: Iterable[Table], other_tables: Sequence[str]) -> Iterable[str]:
    for table in tables:
        secret = [column.name for column in table.columns if is_secret(column.name)]
        others = [column.name for column in table.columns if names_others(column.name)]
        if secret:
            yield f"{table.name}: {', '.join(secret)}: they open or guard the account"
        if others:
            yield f"{table.name}: {', '.join(others)}: they name other people"
    if other_tables:
        yield f"tables that nobody here knows, which were not looked into: {', '.join(other_tables)}"


def _plain(column: str, value: Value) -> object:
    """A value for JSON: text as it was written, times as times."""
    if isinstance(value, int) and column.lower() in _TIMES and value > 0:
        return _time(value)
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _time(epoch: int) -> object:
    try:
        return datetime.fromtimestamp(epoch, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return epoch
