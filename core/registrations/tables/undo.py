"""Take a restore back: what it let in goes, what it took out comes. The life since stays."""

from collections import defaultdict
from datetime import datetime

from core.formats.sqlite import Row, Table, Tables, Value
from core.formats.sqlite.model import as_bytes
from core.registrations.tables import names
from core.registrations.tables.changes import Change, TablePlan
from core.registrations.tables.draft import Draft
from core.registrations.tables.forgetting import of_nobody_forgotten
from core.registrations.tables.incoming import Incoming
from core.registrations.tables.planning import finish
from core.registrations.tables.reading_rows import stable
from core.registrations.tables.register import Register
from core.registrations.wish import Erasure, Network, NobodyErased, Wishes
from core.registrations.words import plural, shown

# What a row of each table is called by, and the word for it.
_CALLED = {
    "account_table": ("account", (names.NAME,)),
    "nick_table": ("nick", (names.NICK,)),
    "chan_table": ("channel", (names.CHANNEL,)),
    "chanacs_table": ("access row of", tuple(dict.fromkeys((*names.OF_CHANNEL, *names.ENTITY)))),
}
_WHOLE = frozenset({"account_table", "chan_table"})  # without these the rest makes no sense


def plan_undo(
    change: TablePlan,
    *,
    before: Tables,
    live: Tables,
    wishes: Wishes,
    network: Network,
    now: datetime,
    erasure: Erasure | None = None,
) -> TablePlan:
    """What taking back `change`, the plan that was carried out on `before`, would do now."""
    living = Register(live, network.casemapping)
    erasure = erasure or NobodyErased()
    draft = Draft(old=living, living=living, wishes=wishes, network=network, erasure=erasure, now=int(now.timestamp()))
    tables = {table.name.lower(): table for table in live.all()}
    found = _Finder()
    for inserted in reversed(change.insertions):
        table = tables.get(inserted.table.lower())
        if table is None:
            draft.left_out.append(f"{inserted.table} is gone")
        else:
            _take_out(draft, table, inserted, found)
    back, forgotten = of_nobody_forgotten(change.removals, erasure, living)
    if forgotten:
        draft.left_out.append(forgotten)
    for removed in back:
        table = tables.get(removed.table.lower())
        if table is not None:
            _put_back(draft, table, removed, found)
    _dependents(draft, change, _stable_rows(before))
    return finish(draft, kind=change.kind, name=change.name)


class _Finder:
    """Living rows by the values of some columns, read once for each choice of columns."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, tuple[str, ...]], dict[tuple[Value, ...], list[Row]]] = {}

    def rows(self, table: Table, change: Change, columns: tuple[str, ...]) -> list[Row]:
        """The living rows that have the change's values in these columns."""
        places = [table.place(column) for column in columns]
        if not columns or min(places) < 0:
            return []
        if (table.name, columns) not in self._found:
            index: defaultdict[tuple[Value, ...], list[Row]] = defaultdict(list)
            for row in table.rows:
                index[tuple(row.values[place] for place in places)].append(row)
            self._found[table.name, columns] = index
        values = dict(zip(change.columns, change.values, strict=True))
        return self._found[table.name, columns].get(tuple(values[column] for column in columns), [])


def _stable(change: Change) -> tuple[str, ...]:
    return tuple(column for column in change.columns if column.lower() not in names.VOLATILE)


def _identity(change: Change) -> tuple[str, ...]:
    _, called = _CALLED[change.table.lower()]
    return tuple(column for column in change.columns if column.lower() in called)


def _name(change: Change, living: Register) -> str:
    word, called = _CALLED[change.table.lower()]
    values = {column.lower(): value for column, value in zip(change.columns, change.values, strict=True)}
    value = next((values[column] for column in called if column in values), None)
    link = living.channel_link
    if change.table.lower() == "chanacs_table" and link is not None and not link.by_name:
        return f"{word} {shown(living.channel_numbered(values.get(link.column.lower())).lower()) or 'a channel'}"
    return f"{word} {shown(as_bytes(value))}"


def _take_out(draft: Draft, table: Table, inserted: Change, found: _Finder) -> None:
    """A row that the restore let in goes, if it is still what it was."""
    rows = [row for row in found.rows(table, inserted, _stable(inserted)) if not draft.is_going(row)]
    name = _name(inserted, draft.living)
    if rows:
        draft.remove(table, rows[0])
        draft.going.append(name)
        return
    changed = [row for row in found.rows(table, inserted, _identity(inserted)) if not draft.is_going(row)]
    draft.ground.append((name, len(changed)))
    if not changed:
        draft.note(f"{name} is gone already")
        return
    choices = ("ask", "replace") if table.name.lower() in _WHOLE else ("skip", "replace")
    item = "" if choices[0] == "ask" else name.rpartition(" ")[2]
    if draft.meet("changed-since", name, "has changed since", item=item, choices=choices) == "replace":
        draft.remove(table, changed[0])
        draft.going.append(f"{name}, as it is now")


def _put_back(draft: Draft, table: Table, removed: Change, found: _Finder) -> None:
    """A row that the restore took out comes back, if nobody has its place."""
    name = _name(removed, draft.living)
    taken = [row for row in found.rows(table, removed, _identity(removed)) if not draft.is_going(row)]
    if taken:
        draft.meet("taken-since", name, "is there again, and stays", item=name.rpartition(" ")[2], choices=("skip",))
        return
    incoming = Incoming(table)
    for column, value in zip(removed.columns, removed.values, strict=True):
        incoming.set(column, value)
    if draft.insert(incoming, name):
        draft.coming_back.append(name)


def _stable_rows(tables: Tables) -> frozenset[object]:
    """All rows of the four tables, by what counts of them."""
    return frozenset((table.name.lower(), stable(table, row)) for table in tables.all() for row in table.rows)


def _dependents(draft: Draft, change: TablePlan, before: frozenset[object]) -> None:
    """Nicks and access that the account got since; not what was left behind before it came back."""
    living, accounts = draft.living, draft.living.tables.accounts
    put_back = {living.fold(one.get(names.NAME)) for one in draft.insertions if one.table is accounts}  # type: ignore[arg-type]  # what was removed has no open numbers
    for table, row in tuple(draft.removals):
        name = living.fold(row.values[table.place(names.NAME)]) if table is accounts else b""
        if name and name not in put_back and living.accounts.get(name) is row:
            _leave_nothing(draft, name, change.name, before)


def _leave_nothing(draft: Draft, name: bytes, known_as: str, before: frozenset[object]) -> None:
    living, tables = draft.living, draft.living.tables
    since = [
        (table, row)
        for table, rows in ((tables.nicks, living.nicks_of(name)), (tables.access, living.access_of(name)))
        for row in rows
        if table is not None and not draft.is_going(row) and (table.name.lower(), stable(table, row)) not in before
    ]
    founded = [row for row in map(living.channels.__getitem__, living.founded_by(name)) if not draft.is_going(row)]
    if founded:
        draft.note(f"{plural(len(founded), 'channel')} that it founds will have no founder")
        draft.ground.append((name, len(founded)))
    if not since:
        return
    why = f"has got {plural(len(since), 'nick or access row')} since"
    if draft.meet("in-use", f"account {known_as}", why, item="", choices=("ask", "replace")) == "replace":
        for table, row in since:
            draft.remove(table, row)
        draft.going.append(plural(len(since), "row that it got since"))
