"""The four tables that a network keeps its accounts and channels in, as values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

Value = None | int | float | str | bytes  # text that is not UTF-8 is kept in surrogates


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, as the database declares it."""

    name: str
    type: str = ""
    required: bool = False  # NOT NULL
    has_default: bool = False
    key: int = 0  # its place in the primary key, from 1; 0 = not in it
    generated: bool = False  # computed by the database: never written
    alias: bool = False  # INTEGER PRIMARY KEY: the database gives a number where there is none
    refers_to: tuple[str, str] | None = None  # (table, column) of a declared foreign key of one column

    @property
    def is_integer(self) -> bool:
        """Whether it is declared to hold whole numbers."""
        return "INT" in self.type.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """Columns that no two rows may share the values of. `collations` says how text compares ("BINARY", "NOCASE")."""

    columns: tuple[str, ...]
    collations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one row, in the order of its table's columns."""

    values: tuple[Value, ...]
    rowid: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, whole."""

    name: str  # as it is spelt
    columns: tuple[Column, ...]
    uniques: tuple[Unique, ...] = ()
    rows: tuple[Row, ...] = field(default=(), repr=False)
    rowid_name: str = ""  # what the number of a row is called here; "" = it has none, or it is hidden
    triggers: int = 0

    def column(self, name: str) -> Column | None:
        """The column of that name, whatever its case: SQLite does not tell them apart either."""
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)

    def first(self, names: tuple[str, ...]) -> Column | None:
        """The first of these columns that there is."""
        return next(filter(None, map(self.column, names)), None)

    def place(self, name: str) -> int:
        """Where the column's value stands in a row; -1 = there is no such column."""
        return next((at for at, column in enumerate(self.columns) if column.name.lower() == name.lower()), -1)

    def items(self, row: Row) -> Iterator[tuple[Column, Value]]:
        """Each column with the row's value."""
        return zip(self.columns, row.values, strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What is there of the four. A view of one of these names is none: what it shows lies elsewhere."""

    accounts: Table | None = None
    nicks: Table | None = None
    channels: Table | None = None
    access: Table | None = None

    def all(self) -> tuple[Table, ...]:
        """Those that are there, the ones that others point to first."""
        return tuple(table for table in (self.accounts, self.nicks, self.channels, self.access) if table is not None)


def as_bytes(value: Value) -> bytes:
    """A value as a name, whatever it is stored as; NULL is b""."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogateescape")
