"""A village in SQLite: two shapes of the guide's four tables, and words to fill, restore and compare them."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime

from core.formats.sqlite import Tables, read
from core.operations.table_transaction import carry_out
from core.registrations.tables import TablePlan, plan_tables, plan_undo
from core.registrations.wish import Erasure, Kind, Network, NobodyErased, Target, Wishes

NOW = datetime(2026, 11, 24, tzinfo=UTC)
NAMED = """
CREATE TABLE account_table(name TEXT PRIMARY KEY, pass TEXT NOT NULL, email TEXT, registered INT, lastlogin INT);
CREATE TABLE nick_table(nick TEXT PRIMARY KEY, account TEXT NOT NULL, registered INT, lastseen INT);
CREATE TABLE chan_table(chan TEXT PRIMARY KEY, founder TEXT, registered INT, used INT);
CREATE TABLE chanacs_table(chan TEXT, account TEXT, flags TEXT, PRIMARY KEY(chan, account));
"""
NUMBERED = """
CREATE TABLE account_table(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, pass TEXT, registered INT);
CREATE TABLE nick_table(id INTEGER PRIMARY KEY, nick TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account_table(id));
CREATE TABLE chan_table(id INTEGER PRIMARY KEY, chan TEXT NOT NULL UNIQUE, registered INT,
  founder_id INTEGER REFERENCES account_table(id));
CREATE TABLE chanacs_table(id INTEGER PRIMARY KEY, chan_id INTEGER NOT NULL REFERENCES chan_table(id),
  account_id INTEGER REFERENCES account_table(id), mask TEXT, flags TEXT);
"""
ALICE = """
INSERT INTO account_table VALUES ('alice', 'hash-of-alice', 'a@example.net', 1551484800, 1700000000);
INSERT INTO nick_table VALUES ('alice', 'alice', 1551484800, 1700000000), ('alice_', 'alice', 1551484900, 1);
INSERT INTO chanacs_table VALUES ('#town', 'alice', '+Aiotv'), ('#alice', 'alice', '+F'), ('#alice', 'bob', '+v');
INSERT INTO chan_table VALUES ('#alice', 'alice', 1551500000, 1700000000);
"""
OTHERS = """
INSERT INTO account_table VALUES ('bob', 'hash-of-bob', 'b@example.net', 1551480000, 1700000001);
INSERT INTO nick_table VALUES ('bob', 'bob', 1551480000, 1700000001);
INSERT INTO chan_table VALUES ('#town', 'bob', 1551490000, 1700000000);
INSERT INTO chanacs_table VALUES ('#town', 'bob', '+F'), ('#town', '*!*@bad.example', '+b');
"""
OTHERS_NUMBERED = """
INSERT INTO account_table VALUES (1, 'bob', 'hash-of-bob', 1551480000);
INSERT INTO nick_table VALUES (1, 'bob', 1);
INSERT INTO chan_table VALUES (1, '#town', 1551490000, 1);
INSERT INTO chanacs_table VALUES (1, 1, 1, NULL, '+F'), (2, 1, NULL, '*!*@bad.example', '+b');
"""
ALICE_NUMBERED = """
INSERT INTO account_table VALUES (2, 'alice', 'hash-of-alice', 1551484800);
INSERT INTO nick_table VALUES (2, 'alice', 2), (3, 'alice_', 2);
INSERT INTO chan_table VALUES (2, '#alice', 1551500000, 2);
INSERT INTO chanacs_table VALUES (3, 1, 2, NULL, '+o'), (4, 2, 2, NULL, '+F'), (5, 2, 1, NULL, '+v');
"""
SETTLER = """
INSERT INTO account_table VALUES (2, 'carol', 'hash-of-carol', 1700000000);
INSERT INTO nick_table VALUES (2, 'carol', 2), (3, 'carol_', 2);
INSERT INTO chan_table VALUES (2, '#carol', 1700000000, 2);
INSERT INTO chanacs_table VALUES (3, 2, 2, NULL, '+F');
"""


def made(*scripts: str, rows: Iterable[tuple[str, tuple[object, ...]]] = ()) -> bytes:
    """A database's bytes."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in scripts:
            connection.executescript(script)
        for statement, values in rows:
            connection.execute(statement, values)
        connection.commit()
        return connection.serialize()


def changed(content: bytes, *scripts: str) -> bytes:
    """The same database after life went on."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        for script in scripts:
            connection.executescript(script)
        connection.commit()
        return connection.serialize()


BEFORE = made(NAMED, OTHERS, ALICE)
AFTER = made(NAMED, OTHERS)
BEFORE_NUMBERED = made(NUMBERED, OTHERS_NUMBERED, ALICE_NUMBERED)
AFTER_NUMBERED = made(NUMBERED, OTHERS_NUMBERED, SETTLER)


def plan_of(
    name: str = "alice",
    *,
    kind: Kind = "account",
    backup: bytes = BEFORE,
    live: bytes = AFTER,
    wishes: Wishes | None = None,
    network: Network | None = None,
    erasure: Erasure | None = None,
    now: datetime = NOW,
) -> TablePlan:
    """The plan for one account or channel."""
    return plan_tables(
        backup=read(backup),
        live=read(live),
        target=Target(kind=kind, name=name),
        wishes=wishes or Wishes(),
        network=network or Network(),
        erasure=erasure or NobodyErased(),
        now=now,
    )


def undo_of(plan: TablePlan, live: bytes, *, before: bytes = AFTER, wishes: Wishes | None = None) -> TablePlan:
    """The plan that takes it back."""
    return plan_undo(plan, before=read(before), live=read(live), wishes=wishes or Wishes(), network=Network(), now=NOW)


def carried_out(plan: TablePlan, live: bytes) -> bytes:
    """The living database with the plan in it, proven."""
    assert not plan.blocked, plan.blocked
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.deserialize(live)
        connection.execute("BEGIN IMMEDIATE")
        carry_out(connection, plan)
        connection.execute("COMMIT")
        return connection.serialize()


def rows(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the four tables."""
    return {table.name: sorted((row.values for row in table.rows), key=repr) for table in read(content).all()}


def rows_of(content: bytes, table: str) -> list[tuple[object, ...]]:
    """All rows of one table."""
    return rows(content)[table]


def tables(content: bytes) -> Tables:
    """The tables of a database."""
    return read(content)
