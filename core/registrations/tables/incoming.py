"""A row on its way into the living database: columns matched by name, values that are decided late."""

from dataclasses import dataclass, field

from core.formats.sqlite import Column, Row, Table, Value


@dataclass(frozen=True, slots=True)
class Fresh:
    """A number that nobody has yet, given out when all is known. Not part of a plan's digest: life moves it."""

    table: str
    column: str
    count: int  # the first, second … of this column


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of the restore, in seconds."""


Cell = Value | Fresh | Moment


@dataclass(slots=True, eq=False)
class Incoming:
    """The values for the columns of a living table; what is not there takes its default."""

    table: Table
    values: dict[str, Cell] = field(default_factory=dict)  # by the living column's name

    def get(self, column: str) -> Cell:
        """The value for a column, or None."""
        found = self.table.column(column)
        return self.values.get(found.name) if found is not None else None

    def set(self, column: str, value: Cell) -> None:
        """Another value for a column, where there is such a column."""
        found = self.table.column(column)
        if found is not None and not found.generated:
            self.values[found.name] = value

    def lacks(self) -> Column | None:
        """The first column that must have a value and gets none."""
        for column in self.table.columns:
            needed = column.required and not column.alias and not column.generated
            absent = column.name not in self.values and not column.has_default
            if needed and (absent or self.values.get(column.name, "") is None):
                return column
        return None

    def is_there_as(self, row: Row) -> bool:
        """Whether a living row has all these values already."""
        return all(
            self.values[column.name] == value for column, value in self.table.items(row) if column.name in self.values
        )


def matched(living: Table, old: Table, row: Row) -> Incoming:
    """The row with those columns that the living table has too; the case of their names does not matter."""
    incoming = Incoming(living)
    for column, value in old.items(row):
        incoming.set(column.name, value)
    return incoming


def dropped_columns(living: Table, old: Table) -> list[str]:
    """Columns of the snapshot that have no place in the living table."""
    return [column.name for column in old.columns if living.column(column.name) is None]
