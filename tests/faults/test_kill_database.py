"""kill -9 while a whole database comes back: old or new, whole, services run again, and the next run tells which."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from core.domain.finding import Severity
from core.domain.thing import ThingWish
from core.formats.atheme import check, lookup, parse
from tests.conftest import require
from tests.faults.killing import kill_points
from tests.faults.world import AFTER, BEFORE, Quiet, World

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

# Every second rename, and some flushes: what lies between two of them is the same to the next run.
MATRIX = (("rename", 2), ("fsync", 13))


def test_a_whole_database_that_is_killed_anywhere_is_old_or_new_and_services_run_again(tmp_path: Path) -> None:
    require("strace")
    world = World(tmp_path / "w")
    world.database.write_bytes(BEFORE)
    assert world.run("backup").returncode == 0
    world.keep()
    command = world.command("restore", "database", "--yes")
    ends: Counter[tuple[bool, bool]] = Counter()
    try:
        for call, stride in MATRIX:
            points = kill_points(command, lambda: world.again(AFTER), calls=[call], stride=stride)
            for number, point in enumerate(points):
                ends[_ended(world, point, undo=number % 2 == 1)] += 1
    finally:
        world.stop_daemon()
    assert {there for _, there in ends} == {True, False}, ends
    assert sum(number for (told, _), number in ends.items() if told) > 3, ends


def _ended(world: World, point: tuple[str, int], *, undo: bool) -> tuple[bool, bool]:
    """Whether there was something to tell, and whether the old database was there then."""
    content = world.database.read_bytes()
    there = lookup(parse(content), b"alice", "rfc1459") is not None
    assert there or content == AFTER, point
    found = check(content, casemapping="rfc1459")
    assert all(item.severity <= Severity.WARNING for item in found), point
    engine = world.engine()
    engine.revive()
    assert world.pid() is not None, point
    items = engine.interrupted()
    for item in items:
        engine.settle(item.record.id, undo=undo)
        if undo:
            assert world.database.read_bytes() == AFTER, point
    assert engine.interrupted() == (), point
    assert world.pid() is not None, point
    return bool(items), there


PLAIN = """
[sources.bans]
kind = "sqlite"
database = "{database}"
"""


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_an_sqlite_database_that_is_killed_anywhere_is_old_or_new(tmp_path: Path, journal: str) -> None:
    """SQLite's own journal takes back what was half done; the record and the file agree on which it is."""
    require("strace")
    world = World(tmp_path / "w")
    world.database.write_bytes(BEFORE)
    bans = world.folder / "ban.db"
    config = world.folder / "bot.toml"
    config.write_text(config.read_text() + PLAIN.format(database=bans))
    _fill(bans, journal, 1)
    assert world.run("backup").returncode == 0
    world.keep()

    def prepare() -> None:
        world.forget()
        for path in world.folder.glob("ban.db*"):
            path.unlink()
        _fill(bans, journal, 2)

    ends: Counter[int] = Counter()
    command = world.command("restore", "database", "--of", "bans", "--yes")
    # A page each, and SQLite's journal; our own flushes.
    for call, stride in (("pwrite64", 74), ("fsync", 14)):
        for number, point in enumerate(kill_points(command, prepare, calls=[call], stride=stride)):
            engine = world.engine()
            engine.revive()
            kept = _number(bans)
            ends[kept] += 1
            for item in engine.interrupted():
                engine.settle(item.record.id, undo=number % 2 == 1)
                assert number % 2 == 0 or _number(bans) == 2, point
            assert engine.interrupted() == (), point
            assert engine.plan_thing(ThingWish(thing="database", source="bans"), progress=Quiet()).blocked == ""
    assert set(ends) == {1, 2}, ends


def _fill(database: Path, journal: str, number: int) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute("CREATE TABLE kline(number INT, padding)")
        connection.executemany("INSERT INTO kline VALUES (?, ?)", [(number, "x" * 2000)] * 60)
        connection.commit()


def _number(database: Path) -> int:
    """The one number that is in all rows: a mix of both would have two."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = connection.execute("SELECT number, count(*) FROM kline GROUP BY number").fetchall()
    ((number, count),) = rows
    assert count == 60
    return int(number)
