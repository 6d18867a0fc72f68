"""What must be unique in a living table, and what is done where a row that comes would break it."""

from dataclasses import dataclass, field
from typing import Protocol

from core.formats.sqlite import Column, Row, Table, Unique
from core.registrations.tables import names
from core.registrations.tables.incoming import Cell, Fresh, Incoming
from core.registrations.words import shown

_KEPT = frozenset({names.NAME, names.NICK, names.CHANNEL})
_TOLD = frozenset({"account_table", "chan_table"})  # whose numbers people know
Key = tuple[Cell, ...]


class Plannable(Protocol):
    """What is needed of the plan in the making."""

    def meet(self, code: str, what: str, why: str, *, item: str, choices: tuple[str, ...]) -> str:
        """Note a conflict and say how it is met."""
        ...

    def note(self, text: str) -> None:
        """Say it once."""
        ...

    def fresh(self, table: Table, column: str) -> Fresh:
        """A number that nobody has yet."""
        ...

    def is_going(self, row: Row) -> bool:
        """Whether the plan takes a row out."""
        ...


@dataclass(slots=True)
class Clashes:
    """The keys of all living rows, and of those that come; read once per table."""

    _living: dict[tuple[str, int], dict[Key, Row]] = field(default_factory=dict)
    _coming: dict[tuple[str, int], set[Key]] = field(default_factory=dict)

    def add(self, incoming: Incoming) -> None:
        """A row that comes takes its keys."""
        for at, unique in enumerate(incoming.table.uniques):
            key = _key_of(incoming, unique)
            if key is not None:
                self._coming.setdefault((incoming.table.name, at), set()).add(key)

    def settle(self, draft: Plannable, incoming: Incoming, what: str) -> bool:
        """Make a row fit: another number, or a value less. False = it stays out, and why is said where it matters."""
        for at, unique in enumerate(incoming.table.uniques):
            found = self._taken(draft, incoming, at, unique)
            if found is None:
                continue
            if isinstance(found, Row) and incoming.is_there_as(found):
                return False
            if not _give_way(draft, incoming, unique, what):
                return False
        return True

    def _taken(self, draft: Plannable, incoming: Incoming, at: int, unique: Unique) -> Row | bool | None:
        key = _key_of(incoming, unique)
        if key is None:
            return None
        row = self._keys(incoming.table, at, unique).get(key)
        if row is not None and not draft.is_going(row):
            return row
        return True if key in self._coming.get((incoming.table.name, at), ()) else None

    def _keys(self, table: Table, at: int, unique: Unique) -> dict[Key, Row]:
        found = self._living.get((table.name, at))
        if found is None:
            places = [table.place(column) for column in unique.columns]
            found = {_folded(tuple(row.values[place] for place in places), unique): row for row in table.rows}
            self._living[table.name, at] = found
        return found


def _give_way(draft: Plannable, incoming: Incoming, unique: Unique, what: str) -> bool:
    columns = [column for name in unique.columns if (column := incoming.table.column(name)) is not None]
    number = columns[0] if len(columns) == 1 and _is_number(columns[0], incoming) else None
    where = f"{what}: its {' and '.join(shown(column.name.encode('utf-8', 'replace')) for column in columns)}"
    if number is not None:
        if incoming.table.name.lower() in _TOLD:
            draft.meet("id-taken", where, "is another row's now", item="id", choices=("new uid",))
        else:
            draft.note(f"rows of {incoming.table.name} get new numbers: theirs are others' now")
        incoming.set(number.name, draft.fresh(incoming.table, number.name))
        return True
    optional = next((column for column in columns if _may_be_empty(column)), None)
    if optional is None:
        draft.meet("id-taken", where, "is another row's now, so it stays out", item="id", choices=("skip",))
        return False
    draft.meet("value-taken", where, "is somebody else's now", item=optional.name, choices=("skip",))
    incoming.set(optional.name, None)
    return True


def _is_number(column: Column, incoming: Incoming) -> bool:
    return column.name.lower() not in _KEPT and (column.is_integer or isinstance(incoming.get(column.name), int))


def _may_be_empty(column: Column) -> bool:
    return not column.required and not column.key and column.name.lower() not in _KEPT


def _key_of(incoming: Incoming, unique: Unique) -> Key | None:
    """None where a part is NULL or takes its default: SQLite calls no two of these equal, or will say so itself."""
    parts = tuple(incoming.get(column) for column in unique.columns)
    return None if None in parts else _folded(parts, unique)


def _folded(parts: Key, unique: Unique) -> Key:
    return tuple(map(_comparable, parts, unique.collations))


def _comparable(part: Cell, collation: str) -> Cell:
    if not isinstance(part, str):
        return part
    if collation.upper() == "NOCASE":
        return "".join(char.lower() if char.isascii() else char for char in part)
    return part.rstrip(" ") if collation.upper() == "RTRIM" else part
