"""Plan the return of an account or a channel into the tables of a living database."""

from datetime import datetime
from hashlib import sha256

from core.domain.errors import PlanBlocked
from core.formats.sqlite import Table, Tables, Value
from core.registrations.tables.account import add_account
from core.registrations.tables.changes import Change, TablePlan, removal
from core.registrations.tables.channel import add_channel
from core.registrations.tables.draft import Draft
from core.registrations.tables.incoming import Cell, Fresh, Incoming, Moment
from core.registrations.tables.reading_rows import stable
from core.registrations.tables.register import Register
from core.registrations.wish import Erasure, Kind, Network, Target, Wishes

_LARGEST = 2**63 - 1  # SQLite's largest whole number
_RELOAD = "a program that keeps its registrations in memory must be told to read them again"


def plan_tables(
    *,
    backup: Tables,
    live: Tables,
    target: Target,
    wishes: Wishes,
    network: Network,
    erasure: Erasure,
    now: datetime,
) -> TablePlan:
    """What bringing the target back would do. By default it takes nothing from anybody.

    Raises:
        AccountNotFound: the snapshot does not have it.
        PlanBlocked: these tables do not keep such a thing, or not in columns that are known.
    """
    if target.kind == "group":
        raise PlanBlocked("these tables keep accounts and channels, no groups", hint="restore an account or a channel")
    draft = Draft(
        old=Register(backup, network.casemapping),
        living=Register(live, network.casemapping),
        wishes=wishes,
        network=network,
        erasure=erasure,
        now=int(now.timestamp()),
    )
    add = add_account if target.kind == "account" else add_channel
    name = add(draft, target.name)
    if not draft.insertions and not draft.removals:
        draft.block(f"there is nothing to bring back: {name} has all that could come")
    return finish(draft, kind=target.kind, name=name)


def finish(draft: Draft, *, kind: Kind, name: str) -> TablePlan:
    """The plan that a draft has become. A blocked one changes nothing."""
    insertions = [] if draft.blocked else draft.insertions
    removals = [] if draft.blocked else draft.removals
    for table in draft.living.tables.all():
        if table.triggers and (insertions or removals):
            draft.note(f"{table.name} has triggers: if they change other rows, nothing is restored")
    if insertions or removals:
        draft.note(_RELOAD)
    numbers = _numbers(draft)
    return TablePlan(
        kind=kind,
        name=name,
        digest=_digest(draft, kind, name),
        coming_back=tuple(draft.coming_back) if insertions else (),
        going=tuple(draft.going) if removals else (),
        access=tuple(draft.access) if insertions else (),
        conflicts=tuple(draft.conflicts),
        powers=tuple(draft.powers) if insertions else (),
        expiry=tuple(draft.expiry) if insertions else (),
        left_out=tuple(draft.left_out),
        notes=tuple(draft.notes),
        blocked=draft.blocked,
        rows_added=len(insertions),
        rows_removed=len(removals),
        removals=tuple(removal(table, row) for table, row in removals),
        insertions=tuple(_change(incoming, numbers, draft.now) for incoming in insertions),
    )


def _change(incoming: Incoming, numbers: dict[Fresh, int], now: int) -> Change:
    def decided(cell: Cell) -> Value:
        if isinstance(cell, Moment):
            return now
        return numbers[cell] if isinstance(cell, Fresh) else cell

    return Change(
        table=incoming.table.name,
        columns=tuple(incoming.values),
        values=tuple(map(decided, incoming.values.values())),
    )


def _numbers(draft: Draft) -> dict[Fresh, int]:
    """New numbers: above all that are, or were in the snapshot; so nobody inherits what meant somebody else."""
    wanted = dict.fromkeys(
        cell for incoming in draft.insertions for cell in incoming.values.values() if isinstance(cell, Fresh)
    )
    found: dict[Fresh, int] = {}
    for fresh in wanted:
        used = _used(draft, fresh) | {
            number for other, number in found.items() if (other.table, other.column) == (fresh.table, fresh.column)
        }
        top = max(used, default=0)
        found[fresh] = max(top, 0) + 1 if top < _LARGEST else next(n for n in range(1, _LARGEST) if n not in used)
    return found


def _used(draft: Draft, fresh: Fresh) -> set[int]:
    tables = (*draft.living.tables.all(), *draft.old.tables.all())
    same = [table for table in tables if table.name.lower() == fresh.table.lower()]
    used = {value for table in same for value in _column(table, fresh.column) if isinstance(value, int)}
    coming = [one.get(fresh.column) for one in draft.insertions if one.table.name == fresh.table]
    return used | {value for value in coming if isinstance(value, int)}


def _column(table: Table, column: str) -> list[Value]:
    at = table.place(column)
    return [row.values[at] for row in table.rows] if at >= 0 else []


def _digest(draft: Draft, kind: Kind, name: str) -> str:
    """Over all that would change and all that was asked of the living tables; not over what changes by itself."""
    changes = [(one.table.name, tuple(one.values.items())) for one in draft.insertions]
    removals = [(table.name, stable(table, row)) for table, row in draft.removals]
    shapes = [(table.name, table.columns, table.uniques) for table in draft.living.tables.all()]
    said = (draft.coming_back, draft.going, draft.access, draft.conflicts, draft.powers, draft.expiry, draft.left_out)
    whole = (kind, name, changes, removals, shapes, said, draft.notes, draft.ground, draft.blocked)
    return sha256(repr(whole).encode("utf-8", "surrogateescape")).hexdigest()
