"""Who asked to be forgotten, in tables: an account is known by its number, or its name, and by when it was registered.

Where nothing says when, the name alone decides: SQLite gives a number out again once its row is gone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from core.formats.sqlite import Row, Table, Value
from core.formats.sqlite.model import as_bytes
from core.registrations.tables import names
from core.registrations.tables.changes import Change
from core.registrations.tables.reading_rows import value_of
from core.registrations.tables.register import Register
from core.registrations.wish import Erasure

_ACCOUNTS = "account_table"
_WHOSE = {"nick_table": names.OWNER, "chanacs_table": names.ENTITY}
Stored = Mapping[str, Value]
"""The values of a row of account_table, by their columns in lower case."""


def stored(table: Table | None, row: Row) -> Stored:
    """The row's values by their columns."""
    return {column.name.lower(): value for column, value in table.items(row)} if table is not None else {}


def identity(account: Stored, name: bytes) -> tuple[bytes, bytes]:
    """What a tombstone is made of: the number, or else the folded name, and the time of registration as stored."""
    return _first(account, names.ACCOUNT_ID) or name, _first(account, names.REGISTERED)


def erased_on(erasure: Erasure, account: Stored, name: bytes) -> str:
    """The day on which the account of that row was forgotten, or ""."""
    number, registered = identity(account, name)
    return erasure.account(number, registered) if registered else erasure.name(name)


def people(register: Register) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
    """Every account's identity, and its names as they are spelt, its own first."""
    accounts, nicks = register.tables.accounts, register.tables.nicks
    grouped: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for row in register.nicks.values():
        grouped[register.owner(row)].append(as_bytes(value_of(nicks, row, names.NICK)))
    for name, row in register.accounts.items():
        number, registered = identity(stored(accounts, row), name)
        yield number, registered, [as_bytes(value_of(accounts, row, names.NAME)), *grouped[name]]


def _first(account: Stored, columns: tuple[str, ...]) -> bytes:
    return next((as_bytes(account[column]) for column in columns if column in account), b"")


def of_nobody_forgotten(removed: Sequence[Change], erasure: Erasure, living: Register) -> tuple[list[Change], str]:
    """What a restore took and an undo may give back, and in words what it may not.

    Nicks and access of the forgotten stay away too, whether they name the account or mean its number.
    """
    taken = [_values(change) for change in removed if change.table.lower() == _ACCOUNTS]
    table = living.tables.accounts
    there = [stored(table, row) for row in living.accounts.values()]
    erased = [one for one in (*taken, *there) if erased_on(erasure, one, living.fold(one.get(names.NAME)))]
    folded = {living.fold(one.get(names.NAME)) for one in erased}
    numbers = {one[column] for one in erased for column in names.ACCOUNT_ID if column in one}

    def is_theirs(change: Change) -> bool:
        if change.table.lower() == _ACCOUNTS:
            return _values(change) in erased
        columns = _WHOSE.get(change.table.lower(), ())
        meant = [value for column, value in _values(change).items() if column in columns and value is not None]
        return any(value in numbers or living.fold(value) in folded for value in meant)

    kept = [change for change in removed if not is_theirs(change)]
    if len(kept) == len(removed):
        return kept, ""
    account = any(one in erased for one in taken)
    return kept, "an account that was forgotten since" if account else "what was of somebody who was forgotten since"


def _values(change: Change) -> Stored:
    return {column.lower(): value for column, value in zip(change.columns, change.values, strict=True)}
