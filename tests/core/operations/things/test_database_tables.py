"""A whole SQLite database comes back beneath the programs that have it open, or everything is as it was."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from core.control.none import NoControl
from core.control.silent import SilentServices
from core.domain.errors import ControlFailed, RestoreFailed
from core.domain.thing import ThingWish
from core.operations import put_sqlite as putting
from core.operations.restore_report import RestoreReport
from core.operations.site import Site
from core.ports import Control, Progress
from core.registrations.wish import Network
from core.sources.sqlite import SqliteSettings, SqliteSource
from tests.core.operations.world import Program, World, make_world
from tests.core.registrations.tables.village import ALICE, NAMED, OTHERS, made
from tests.core.sources.busy_writer import prepare, pulses, writing
from tests.fakes import FakeClock

BANS = ThingWish(thing="database", source="bans")
JOURNALS = pytest.mark.parametrize("journal", ["DELETE", "WAL"])


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock) -> World:
    return make_world(tmp_path, clock)


def with_bans(world: World, control: Control | None = None, *, is_services: bool = False) -> Path:
    """A plain database beside that of services."""
    database = world.state.parent / "ban.db"
    settings = SqliteSettings(kind="sqlite", database=database)
    bans = Site(
        source=SqliteSource(name="bans", settings=settings, is_services=is_services),
        database=database,
        network=Network(),
        control=control or NoControl(),
        services=SilentServices(),
        rehearsal=None,
        start_seconds=10,
        limit=1 << 30,
        is_services=is_services,
    )
    world.engine.sites = (bans,) if is_services else (*world.engine.sites, bans)
    return database


@contextmanager
def held(database: Path, *statements: str) -> Iterator[sqlite3.Connection]:
    """A program that has it open."""
    with closing(sqlite3.connect(database, isolation_level=None)) as program:
        for statement in statements:
            program.execute(statement)
        yield program


def masks(program: sqlite3.Connection) -> list[str]:
    return [str(mask) for (mask,) in program.execute("SELECT mask FROM kline ORDER BY mask")]


def saved(world: World, database: Path, journal: str = "DELETE") -> None:
    """Two bans are in the snapshot; one of them is gone since, and another came."""
    with held(database, f"PRAGMA journal_mode={journal}", "CREATE TABLE kline(mask TEXT)") as program:
        program.executemany("INSERT INTO kline VALUES (?)", [("a@b",), ("c@d",)])
        world.engine.back_up(reason="test", progress=_Quiet())
        program.execute("DELETE FROM kline WHERE mask='a@b'")
        program.execute("INSERT INTO kline VALUES ('new@one')")


def restored(world: World, progress: Progress) -> RestoreReport:
    plan = world.engine.plan_thing(BANS, progress=progress)
    assert plan.blocked == ""
    return world.engine.restore(plan, by="root1", progress=progress)


class _Quiet:
    def step(self, text: str) -> None:
        del text


@JOURNALS
def test_a_program_that_holds_it_open_sees_it_and_an_undo_too(world: World, progress: Progress, journal: str) -> None:
    """The same file, the same mode of its journal; no rename that would leave the program on a file that is gone."""
    database = with_bans(world)
    saved(world, database, journal)
    database.chmod(0o640)
    before = database.stat()
    with held(database) as program:
        assert masks(program) == ["c@d", "new@one"]
        report = restored(world, progress)
        assert masks(program) == ["a@b", "c@d"]
        program.execute("INSERT INTO kline VALUES ('z')")
        assert program.execute("PRAGMA journal_mode").fetchone()[0] == journal.lower()
        world.engine.restore(world.engine.plan_undo(report.id, progress=progress), by="root1", progress=progress)
        assert masks(program) == ["c@d", "new@one"]
        assert program.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    after = database.stat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


def test_the_plan_counts_rows_and_says_that_nothing_restarts(world: World, progress: Progress) -> None:
    database = with_bans(world)
    saved(world, database)
    plan = world.engine.plan_thing(BANS, progress=progress)
    assert plan.plan.coming_back == ("rows of kline: 1",)
    assert plan.plan.going == ("rows of kline: 1",)
    assert plan.restart == "one transaction in the living database, nothing restarts"
    assert plan.second


@JOURNALS
def test_beneath_a_writer_that_never_rests_it_is_whole(world: World, progress: Progress, journal: str) -> None:
    """Every commit writes one number into all rows: no moment shows two."""
    database = with_bans(world)
    prepare(database, journal, "CREATE TABLE kline(mask TEXT);")
    world.engine.back_up(reason="test", progress=progress)
    with writing(database):
        report = restored(world, progress)
        copy = world.engine.sites[1].source.capture(progress)
    assert len(pulses(copy.content)) == 1
    assert len(pulses(report.before_image.read_bytes())) == 1
    assert copy.findings == ()


def test_its_program_is_stopped_where_it_can_be(world: World, progress: Progress) -> None:
    program = _Daemon(world.state.parent / "ban.db")
    database = with_bans(world, program)
    saved(world, database)
    report = restored(world, progress)
    assert report.steps[0][0] == "stopped the programs of bans"
    assert program.starts == 1
    assert program.running


def test_where_it_does_not_start_the_old_one_is_back(world: World, progress: Progress) -> None:
    program = _Daemon(world.state.parent / "ban.db")
    database = with_bans(world, program)
    saved(world, database)
    plan = world.engine.plan_thing(BANS, progress=progress)
    program.failures = 1
    with pytest.raises(RestoreFailed, match="old database is back"):
        world.engine.restore(plan, by="root1", progress=progress)
    with held(database) as reader:
        assert masks(reader) == ["c@d", "new@one"]
    assert program.running


@pytest.mark.parametrize(
    "content", [b"", b"no database at all" * 100, made(NAMED)[:5000], b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_what_lies_there_broken_is_replaced_and_its_journals_set_aside(
    world: World, progress: Progress, content: bytes
) -> None:
    """SQLite would play the journal of a broken database into the good one."""
    database = with_bans(world)
    saved(world, database)
    database.write_bytes(content)
    database.chmod(0o640)
    database.with_name("ban.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\1" * 600)
    report = restored(world, progress)
    with held(database) as program:
        assert masks(program) == ["a@b", "c@d"]
    assert database.stat().st_mode & 0o777 == 0o640
    assert report.before_image.read_bytes() == content


def test_a_program_that_locks_it_ends_the_restore_and_nothing_is_changed(
    world: World, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = with_bans(world)
    saved(world, database)
    plan = world.engine.plan_thing(BANS, progress=progress)
    monkeypatch.setattr(putting, "BUSY_SECONDS", 0.2)
    with held(database, "BEGIN IMMEDIATE") as program:
        with pytest.raises(RestoreFailed, match=r"locked by another program.*old database is back"):
            world.engine.restore(plan, by="root1", progress=progress)
        assert masks(program) == ["c@d", "new@one"]


def test_a_services_database_in_sqlite_says_who_comes_and_who_goes(world: World, progress: Progress) -> None:
    """Somebody who asked to be forgotten since blocks it: other rows may name them in ways that nobody told us."""
    database = with_bans(world, is_services=True)
    database.write_bytes(made(NAMED, OTHERS, ALICE))
    world.engine.back_up(reason="test", progress=progress)
    with held(database, "DELETE FROM account_table WHERE name='alice'"):
        pass
    plan = world.engine.plan_thing(BANS, progress=progress)
    assert "1 account: alice" in plan.plan.coming_back
    (alice,) = world.engine.bearers("alice", progress=progress).found
    world.engine.forget([alice], by="root1")
    assert "forgotten" in world.engine.plan_thing(BANS, progress=progress).blocked


def test_a_plain_database_is_proven_by_its_rows(world: World, progress: Progress) -> None:
    database = with_bans(world)
    saved(world, database)
    (snapshot,) = (one for one in world.engine.snapshots() if one.source == "bans")
    assert snapshot.counts == {"tables": 1, "rows": 2, "rows of kline": 2}
    assert world.engine.verify(snapshot.id, progress=progress).verdict == "proven"
    with_bans(world, is_services=True)
    assert world.engine.verify(snapshot.id, progress=progress).verdict == "proven"  # counted in another way by now


class _Daemon(Program):
    """A program that leaves its database alone when it is stopped and started."""

    failures = 0

    def stop(self) -> None:
        self.running = False

    def start(self) -> None:
        if self.failures:
            self.failures -= 1

            raise ControlFailed("it does not start")
        self.running = True
        self.starts += 1
