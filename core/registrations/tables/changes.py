"""Rows that go and rows that come, as values: what a plan carries out, and what an undo goes by."""

import json
from dataclasses import dataclass, field

from core.formats.sqlite import Row, Table, Value
from core.registrations.plan import Plan
from core.registrations.wish import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of a table that goes or comes. Columns that are not named take the table's default."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Value, ...] = field(repr=False)  # a password's hash may be among them
    rowid: int | None = field(default=None, compare=False)
    rowid_name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan(Plan):
    """A plan for SQLite tables. `removals` go first, then `insertions` come, in this order."""

    kind: Kind
    removals: tuple[Change, ...] = ()
    insertions: tuple[Change, ...] = ()


def removal(table: Table, row: Row) -> Change:
    """A living row that goes: all that is stored of it, so that it can be put back."""
    stored = [(column.name, value) for column, value in table.items(row) if not column.generated]
    return Change(
        table=table.name,
        columns=tuple(name for name, _ in stored),
        values=tuple(value for _, value in stored),
        rowid=row.rowid,
        rowid_name=table.rowid_name,
    )


def dump(plan: TablePlan) -> bytes:
    """What a plan changes, for the folder of the restore. It holds whole rows: for our own eyes."""
    return json.dumps(
        {
            "format": 1,
            "kind": plan.kind,
            "name": plan.name,
            "removals": [_as_json(change) for change in plan.removals],
            "insertions": [_as_json(change) for change in plan.insertions],
        }
    ).encode()


def load(content: bytes) -> TablePlan:
    """What was changed.

    Raises:
        ValueError: it is not what `dump` wrote.
    """
    try:
        stored = json.loads(content)
        return TablePlan(
            kind=stored["kind"],
            name=stored["name"],
            removals=tuple(map(_from_json, stored["removals"])),
            insertions=tuple(map(_from_json, stored["insertions"])),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the changes of a restore: {type(error).__name__}") from None


def _as_json(change: Change) -> dict[str, object]:
    values = [{"hex": value.hex()} if isinstance(value, bytes) else value for value in change.values]
    return {"table": change.table, "columns": change.columns, "values": values}


def _from_json(stored: dict[str, object]) -> Change:
    columns, values = stored["columns"], stored["values"]
    if not isinstance(columns, list) or not isinstance(values, list) or len(columns) != len(values):
        raise ValueError("not the changes of a restore: a row that is no row")
    return Change(
        table=str(stored["table"]),
        columns=tuple(map(str, columns)),
        values=tuple(bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for value in values),
    )
