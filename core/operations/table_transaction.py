"""Carry out a plan for SQLite tables: one transaction, or nothing.

SQLite's own journal makes it whole: killed at any point, the database is as it was before or as it is after.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from core.domain.errors import BackupServError, PlanBlocked, PlanOutdated, RestoreFailed
from core.formats.sqlite import Row, Table, Unreadable, Value, quoted, read_tables
from core.formats.sqlite.header import in_memory, in_mode_of
from core.formats.sqlite.opening import harden, plain, text
from core.registrations.tables import Change, TablePlan
from core.sqlite_file import REFUSALS, backed_up, connect, patiently, unreadable

_UNCHANGED = "Nothing was changed."


@contextmanager
def transaction(database: Path, *, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    """A connection that holds the write lock. Whatever is raised within, nothing was changed.

    Raises:
        SourceUnreadable: nobody lets us in. RestoreFailed: SQLite refused something.
    """
    try:
        connection = connect(database, mode="rw", busy_seconds=busy_seconds)
    except REFUSALS as error:
        raise unreadable(database, error) from None
    with closing(connection) as live:
        live.text_factory = text
        try:
            live.execute("PRAGMA synchronous=FULL")
            patiently(live, "BEGIN IMMEDIATE", path=database, busy_seconds=busy_seconds)
        except REFUSALS as error:
            raise unreadable(database, error) from None
        try:
            yield live
        except (*REFUSALS, Unreadable) as error:
            raise RestoreFailed(f"SQLite refused the change: {plain(str(error))}. {_UNCHANGED}") from None
        finally:
            if live.in_transaction:
                live.execute("ROLLBACK")


def the_same(plan: TablePlan, fresh: TablePlan) -> TablePlan:
    """The plan as it is now, if it is still the one that was agreed to.

    Raises:
        PlanBlocked, PlanOutdated: nothing was changed.
    """
    if fresh.blocked:
        raise PlanBlocked(fresh.blocked, hint="nothing was changed")
    if fresh.digest != plan.digest:
        raise PlanOutdated(
            "somebody changed what this plan rests on since it was shown", hint="ask for the restore again"
        )
    return fresh


def carry_out(live: sqlite3.Connection, plan: TablePlan) -> None:
    """Make the changes, and prove that they are all that changed. The caller commits.

    Raises:
        RestoreFailed: something else would change too, or the result is not sound.
    """
    before = {table.name: table for table in read_tables(live).all()}
    broken = _broken_references(live)
    changed = live.total_changes
    for change in plan.removals:
        _delete(live, change)
    for change in plan.insertions:
        _insert(live, change)
    _prove_numbers(live.total_changes - changed, plan)
    _prove_rows(before, read_tables(live).all(), plan)
    _prove_soundness(live, {change.table for change in (*plan.removals, *plan.insertions)}, broken)


def holds(tables: Iterable[Table], changes: Sequence[Change]) -> bool:
    """Whether all of these rows are there, but for what changes by itself: somebody may use them at once."""
    found = {table.name: table for table in tables}
    return all(
        change.table in found and any(_is(found[change.table], row, change) for row in found[change.table].rows)
        for change in changes
    )


# --- the changes ------------------------------------------------------------------------------


def _insert(live: sqlite3.Connection, change: Change) -> None:
    columns = ", ".join(map(quoted, change.columns))
    marks = ", ".join("CAST(? AS TEXT)" if _is_raw(value) else "?" for value in change.values)
    statement = f"INSERT INTO {quoted(change.table)} ({columns}) VALUES ({marks})"  # noqa: S608 — names are quoted, values bound
    live.execute(statement, tuple(map(_bound, change.values)))


def _delete(live: sqlite3.Connection, change: Change) -> None:
    """By all its values, and by its number where it has one: so nothing else can be meant."""
    terms = [f"{quoted(column)} COLLATE BINARY IS {_mark(value)}" for column, value in _pairs(change)]
    values = list(map(_bound, change.values))
    if change.rowid_name and change.rowid is not None:
        terms.insert(0, f"{change.rowid_name} = ?")
        values.insert(0, change.rowid)
    statement = f"DELETE FROM {quoted(change.table)} WHERE {' AND '.join(terms)}"  # noqa: S608 — names are quoted, values bound
    if live.execute(statement, values).rowcount != 1:
        raise RestoreFailed(f"a row of {change.table} is not what the plan says. {_UNCHANGED}")


def _pairs(change: Change) -> Iterator[tuple[str, Value]]:
    return zip(change.columns, change.values, strict=True)


def _mark(value: Value) -> str:
    return "CAST(? AS TEXT)" if _is_raw(value) else "?"


def _is_raw(value: Value) -> bool:
    """Text that is not UTF-8, which nobody can bind as text."""
    return isinstance(value, str) and any("\udc80" <= char <= "\udcff" for char in value)


def _bound(value: Value) -> Value:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) and _is_raw(value) else value


# --- the proof --------------------------------------------------------------------------------


def _prove_numbers(changed: int, plan: TablePlan) -> None:
    """SQLite counts the rows that triggers and references change, too."""
    planned = len(plan.removals) + len(plan.insertions)
    if changed != planned:
        raise RestoreFailed(
            f"the database changes {changed} rows where the plan has {planned}: it has triggers. {_UNCHANGED}"
        )


def _prove_rows(before: dict[str, Table], after: Iterable[Table], plan: TablePlan) -> None:
    """All rows that are not in the plan are what they were, value for value."""
    for table in after:
        rows, left = _counted(before[table.name].rows), _counted(table.rows)
        gone, come = rows - left, left - rows
        removed = sum(1 for change in plan.removals if change.table == table.name)
        inserted = [change for change in plan.insertions if change.table == table.name]
        put = [values for values, number in come.items() for _ in range(number)]
        if gone.total() > removed or len(put) > len(inserted):
            raise RestoreFailed(f"other rows of {table.name} would change. {_UNCHANGED}")
        if len(table.rows) != len(before[table.name].rows) - removed + len(inserted):
            raise RestoreFailed(f"{table.name} would not have the rows that the plan says. {_UNCHANGED}")


def _counted(rows: Iterable[Row]) -> Counter[tuple[tuple[type, Value], ...]]:
    """By value and type: 1 is not 1.0 here."""
    return Counter(tuple((type(value), value) for value in row.values) for row in rows)


def _is(table: Table, row: Row, change: Change) -> bool:
    return all((at := table.place(column)) >= 0 and _equal(row.values[at], value) for column, value in _pairs(change))


def _equal(stored: Value, wanted: Value) -> bool:
    """A column may store a number that came as text as a number."""
    return stored == wanted or (stored is not None and wanted is not None and str(stored) == str(wanted))


def _prove_soundness(live: sqlite3.Connection, tables: set[str], broken: Counter[tuple[str, str]]) -> None:
    for table in sorted(tables):
        for (told,) in live.execute(f"PRAGMA integrity_check({quoted(table)})"):
            if told != "ok":
                raise RestoreFailed(f"the integrity check of the result says: {plain(str(told))}. {_UNCHANGED}")
    worse = _broken_references(live) - broken
    if worse:
        names = ", ".join(sorted(f"{table} to {parent}" for table, parent in worse))
        raise RestoreFailed(f"references from {names} would lead nowhere. {_UNCHANGED}")


def carried_out(content: bytes, plan: TablePlan) -> bytes:
    """A database's bytes with the plan carried out, in memory. It stays in WAL mode if it was.

    Raises:
        RestoreFailed: SQLite refused something, or something else would change too.
    """
    try:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            copy.deserialize(in_memory(content))
            harden(copy, size=2 * len(content))
            copy.execute("BEGIN")
            carry_out(copy, plan)
            copy.execute("COMMIT")
            return in_mode_of(copy.serialize(), content)
    except (sqlite3.Error, Unreadable, UnicodeError) as error:
        raise RestoreFailed(f"SQLite refused the change: {plain(str(error))}. {_UNCHANGED}") from None


def _broken_references(live: sqlite3.Connection) -> Counter[tuple[str, str]]:
    return Counter((str(row[0]), str(row[2])) for row in live.execute("PRAGMA foreign_key_check"))


def in_one_transaction(
    plan: TablePlan,
    *,
    database: Path,
    limit: int,
    busy_seconds: float,
    replan: Callable[[bytes], TablePlan],
    keep: Callable[[bytes, TablePlan], None],
) -> TablePlan:
    """Lock, copy, plan again on the copy, keep the copy, change, prove, commit. Returns what was carried out.

    Raises:
        PlanBlocked, PlanOutdated, RestoreFailed, SourceUnreadable, …: nothing was changed.
    """
    try:
        with transaction(database, busy_seconds=busy_seconds) as live:
            content = backed_up(database, limit=limit, busy_seconds=busy_seconds)  # the lock keeps it the newest
            fresh = the_same(plan, replan(content))
            keep(content, fresh)
            carry_out(live, fresh)
            live.execute("COMMIT")
            return fresh
    except (PlanBlocked, PlanOutdated, RestoreFailed):
        raise
    except BackupServError as error:
        raise RestoreFailed(f"{error}. {_UNCHANGED}") from error
