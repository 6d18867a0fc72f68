"""What changed between the tables of two databases, in people's terms."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from core.formats.sqlite import Row, Table
from core.formats.sqlite.model import as_bytes
from core.registrations.change import Change, Detail, Difference, Happening
from core.registrations.sides import value
from core.registrations.tables import names
from core.registrations.tables.difference_channels import channel_changes, homeless
from core.registrations.tables.reading_rows import is_same, registered, value_of
from core.registrations.tables.register import Register
from core.registrations.tables.row_details import details_of, fate_of, spelt_in
from core.registrations.tables.whereabouts import is_operator, spelt
from core.registrations.words import date_of

Others = Mapping[str, Counter[Any]]


def compare_tables(before: Register, after: Register, *, others: tuple[Others, Others] = ({}, {})) -> Difference:
    """Everything that differs. `others`: the rows of all other tables, which are only counted.

    Raises:
        PlanBlocked: a table has no column that people know its rows by.
    """
    volatile: Counter[str] = Counter()
    changes = [
        *_operator_changes(before, after),
        *_account_changes(before, after, volatile),
        *_nick_changes(before, after, volatile),
        *channel_changes(before, after, volatile),
    ]
    changes.sort(key=lambda change: change.rank)
    return Difference(
        changes=tuple(changes),
        volatile={what: number for what, number in sorted(volatile.items()) if number},
        others=dict(_rest(before, after, others)),
    )


def _account_changes(before: Register, after: Register, volatile: Counter[str]) -> Iterator[Change]:
    tables = (before.tables.accounts, after.tables.accounts)
    for name in sorted(before.accounts.keys() | after.accounts.keys()):
        pair = (before.accounts.get(name), after.accounts.get(name))
        happening, details = _account(tables, pair, volatile)
        if happening != "changed" or details:
            known_as = spelt_in(tables, pair, names.NAME)
            yield Change(thing="account", name=known_as, happening=happening, details=tuple(details))


def _account(
    tables: tuple[Table | None, Table | None], pair: tuple[Row | None, Row | None], volatile: Counter[str]
) -> tuple[Happening, list[Detail]]:
    old, new = pair
    if old is None or new is None:
        return fate_of(pair), []
    if not is_same(tables[0], old, tables[1], new):
        days = (date_of(as_bytes(registered(table, row))) for table, row in zip(tables, (old, new), strict=True))
        was, now = (day.encode() for day in days)
        return "replaced", value("registered", was, now) or [Detail(what="registered")]
    return "changed", details_of(tables, (old, new), volatile, silent=frozenset(names.OPERATOR))


def _operator_changes(before: Register, after: Register) -> Iterator[Change]:
    sides = (before, after)
    for name in sorted(before.accounts.keys() | after.accounts.keys()):
        rows = [side.accounts.get(name) for side in sides]
        was, now = (row is not None and is_operator(side, row) for side, row in zip(sides, rows, strict=True))
        if was != now:
            happening: Happening = "registered" if now else "dropped"
            yield Change(thing="operator", name=spelt(after if now else before, name), happening=happening)


def _nick_changes(before: Register, after: Register, volatile: Counter[str]) -> Iterator[Change]:
    """Grouped nicks; the one that an account is named after comes and goes with it."""
    tables = (before.tables.nicks, after.tables.nicks)
    for nick in sorted(before.nicks.keys() | after.nicks.keys()):
        old, new = before.nicks.get(nick), after.nicks.get(nick)
        owners = [side.owner(row) if row is not None else b"" for side, row in ((before, old), (after, new))]
        was, now = (b"" if owner == nick else owner for owner in owners)
        if old is not None and new is not None and owners[0] == owners[1]:
            volatile["last used"] += any(
                value_of(tables[0], old, one) != value_of(tables[1], new, one) for one in names.USED
            )
        elif was or now:
            spelt_owners = [spelt(side, one).encode() if one else b"" for side, one in ((before, was), (after, now))]
            yield Change(
                thing="nick",
                name=spelt_in(tables, (old, new), names.NICK),
                happening=fate_of((old, new)),
                details=tuple(value("account", *spelt_owners)),
            )


def _rest(before: Register, after: Register, others: tuple[Others, Others]) -> Iterator[tuple[str, tuple[int, int]]]:
    for name in sorted(others[0].keys() | others[1].keys()):
        was, now = (side.get(name, Counter[Any]()) for side in others)
        if was != now:
            yield f"rows of {name}", ((was - now).total(), (now - was).total())
    for field in ("accounts", "nicks", "channels", "access"):
        old, new = (_columns(getattr(side.tables, field)) for side in (before, after))
        if old != new and old and new:
            yield f"columns of the table of {field}", (len(old - new), len(new - old))
    was_rows, now_rows = homeless(before), homeless(after)
    if was_rows != now_rows:
        yield (
            "access to channels that are not there",
            (
                (was_rows - now_rows).total(),
                (now_rows - was_rows).total(),
            ),
        )


def _columns(table: Table | None) -> frozenset[str]:
    return frozenset(column.name.lower() for column in table.columns) if table is not None else frozenset()
