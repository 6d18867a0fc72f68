"""A restore into living SQLite tables: one transaction, or nothing; and the way back."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.domain.errors import AccountNotFound, BackupServError, PlanBlocked, PlanOutdated, RestoreFailed, SourceDamaged
from core.operations.plan_tables import find_in_tables, plan_in_tables, plan_undo_in_tables
from core.operations.restore_record import RestoreFolder
from core.operations.restore_report import RestoreReport
from core.operations.restore_tables import apply_tables, kept_before, kept_change, settle_tables, undo_in_tables
from core.registrations.tables import TablePlan
from core.registrations.wish import Network, NobodyErased, Target, Wishes
from core.sqlite_file import copy_sqlite
from tests.core.operations.applying import ALICE, begun
from tests.core.registrations.tables.village import AFTER, AFTER_NUMBERED, BEFORE, BEFORE_NUMBERED, rows
from tests.core.sources.busy_writer import prepare, writing
from tests.fakes import FakeClock, RecordingProgress

ROOT = Path(__file__).parents[3]
CHANNEL = Target(kind="channel", name="#alice")


class Town:
    """A living database, a snapshot, and a place for records."""

    def __init__(self, folder: Path, live: bytes = AFTER, backup: bytes = BEFORE) -> None:
        self.database = folder / "services.db"
        self.database.write_bytes(live)
        self.backup = backup
        self.folder = RestoreFolder(folder / "state")
        self.clock = FakeClock()

    def copy(self) -> bytes:
        return copy_sqlite(self.database, limit=1 << 30, busy_seconds=10)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        return rows(self.copy())

    def plan(self, target: Target = ALICE, wishes: Wishes | None = None) -> TablePlan:
        return plan_in_tables(
            backup=self.backup,
            live=self.copy(),
            target=target,
            wishes=wishes or Wishes(),
            network=Network(),
            erasure=NobodyErased(),
            now=self.clock.now(),
        )

    def apply(
        self, plan: TablePlan, target: Target = ALICE, wishes: Wishes | None = None, busy_seconds: float = 10
    ) -> RestoreReport:
        return apply_tables(
            plan,
            backup=self.backup,
            database=self.database,
            folder=self.folder,
            record=begun(),
            target=target,
            wishes=wishes or Wishes(),
            network=Network(),
            erasure=NobodyErased(),
            clock=self.clock,
            progress=RecordingProgress(),
            busy_seconds=busy_seconds,
        )

    def undo(self) -> RestoreReport:
        change, before = kept_change(self.folder, begun()), kept_before(self.folder, begun())
        plan = plan_undo_in_tables(
            change=change,
            before=before,
            live=self.copy(),
            wishes=Wishes(),
            network=Network(),
            now=self.clock.now(),
        )
        return undo_in_tables(
            plan,
            change=change,
            before=before,
            database=self.database,
            folder=self.folder,
            record=begun("BBBBBB"),
            wishes=Wishes(),
            network=Network(),
            clock=self.clock,
            progress=RecordingProgress(),
        )

    def life(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def step(self) -> str:
        return next(record.step for record in self.folder.all() if record.id == "AAAAAA")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_an_account_comes_back_and_goes_again(town: Town) -> None:
    plan = town.plan(wishes=Wishes(founded=True))
    report = town.apply(plan, wishes=Wishes(founded=True))
    assert town.rows() == rows(BEFORE)
    assert report.outcome == "account alice is back"
    assert any("must be told" in note for note in report.notes)
    assert rows(report.before_image.read_bytes()) == rows(AFTER)
    assert report.before_image.stat().st_mode & 0o777 == 0o600
    assert report.before_image.with_name("change.json").stat().st_mode & 0o777 == 0o600
    assert town.step() == "done"
    town.undo()
    assert town.rows() == rows(AFTER)


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_it_works_while_others_write_and_takes_nothing_of_theirs(tmp_path: Path, journal: str) -> None:
    town = Town(tmp_path)
    script = "".join(f"{line};" for line in _dump(AFTER))
    town.database.unlink()
    prepare(town.database, journal, script)
    with writing(town.database) as writer:
        before = writer.commits()
        town.apply(town.plan(), busy_seconds=30)
        deadline = time.monotonic() + 20
        while writer.commits() <= before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert writer.commits() > before
    assert ("alice", "hash-of-alice", "a@example.net", 1551484800, 1700000000) in town.rows()["account_table"]
    assert all(row in town.rows()[table] for table, kept in rows(AFTER).items() for row in kept)


def _dump(content: bytes) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        return [line.rstrip(";") for line in connection.iterdump() if line not in {"BEGIN TRANSACTION;", "COMMIT;"}]


def test_what_others_changed_in_substance_kills_the_plan(town: Town) -> None:
    plan = town.plan()
    town.life("INSERT INTO nick_table VALUES ('alice_', 'bob', 1, 1)")
    before = town.database.read_bytes()
    with pytest.raises(PlanOutdated, match="since it was shown"):
        town.apply(plan)
    assert town.database.read_bytes() == before
    assert town.step() == "abandoned"


def test_what_blocks_it_since_blocks_it(town: Town) -> None:
    plan = town.plan()
    town.life("INSERT INTO account_table VALUES ('alice', 'x', NULL, 1, 1)")
    with pytest.raises(PlanBlocked, match="exists now"):
        town.apply(plan)


def test_a_login_meanwhile_does_not(town: Town) -> None:
    plan = town.plan()
    town.life("UPDATE account_table SET lastlogin = 1790000000, pass = 'new'")
    town.apply(plan)


def test_a_blocked_plan_is_refused_before_anything(town: Town) -> None:
    with pytest.raises(PlanBlocked, match="no founder"):
        town.apply(town.plan(CHANNEL), CHANNEL)


@pytest.mark.parametrize(
    "trigger",
    [
        "CREATE TRIGGER t AFTER INSERT ON account_table BEGIN UPDATE account_table SET pass = 'x'; END",
        "CREATE TRIGGER t AFTER INSERT ON nick_table BEGIN DELETE FROM chan_table; END",
        "CREATE TRIGGER t AFTER INSERT ON account_table BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE TRIGGER t AFTER INSERT ON account_table BEGIN SELECT nothing_like_it(); END",
    ],
    ids=["changes rows", "deletes rows", "refuses", "calls its program"],
)
def test_whatever_a_trigger_does_to_others_nothing_is_changed(town: Town, trigger: str) -> None:
    town.life(trigger)
    plan = town.plan()
    assert any("triggers" in note for note in plan.notes)
    before = town.database.read_bytes()
    with pytest.raises(RestoreFailed, match=r"Nothing was changed\."):
        town.apply(plan)
    assert town.rows() == rows(AFTER)
    assert town.database.read_bytes() == before
    assert town.step() == "abandoned"


def test_a_refused_row_takes_everything_back(town: Town) -> None:
    town.life("ALTER TABLE nick_table ADD COLUMN x INT CHECK (nick <> 'alice_')")
    before = town.database.read_bytes()
    with pytest.raises(RestoreFailed, match="CHECK"):
        town.apply(town.plan())
    assert town.database.read_bytes() == before


def test_a_lock_that_lasts_is_told_and_nothing_is_changed(town: Town) -> None:
    plan = town.plan()
    with closing(sqlite3.connect(town.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RestoreFailed, match="locked by another program"):
            town.apply(plan, busy_seconds=0.1)
        other.execute("ROLLBACK")
    assert town.rows() == rows(AFTER)


def test_a_reader_that_does_not_let_go_takes_everything_back(town: Town) -> None:
    """In the old journal mode a commit waits for readers; when it waits too long, nothing was changed."""
    plan = town.plan()
    with closing(sqlite3.connect(town.database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM account_table").fetchone()
        with pytest.raises(RestoreFailed, match=r"Nothing was changed\."):
            town.apply(plan, busy_seconds=0.1)
    assert town.rows() == rows(AFTER)


@pytest.mark.parametrize("content", [b"", b"DBV 12\n", AFTER[:9000], AFTER[:4096] + b"\xff" * 4096 + AFTER[8192:]])
def test_a_damaged_database_is_never_written_to(town: Town, content: bytes) -> None:
    plan = town.plan()
    town.database.write_bytes(content)
    with pytest.raises(BackupServError):
        town.apply(plan)
    assert town.database.read_bytes() == content


@example([(AFTER.index(b"CREATE TABLE chanacs"), 128)])  # SQLite quotes it in its error, which is not text then
@given(st.lists(st.tuples(st.integers(0, len(AFTER) - 1), st.integers(0, 255)), min_size=1, max_size=30))
@settings(max_examples=150)
def test_whatever_is_broken_there_is_a_sentence_or_a_sound_result(
    tmp_path_factory: pytest.TempPathFactory, breaks: list[tuple[int, int]]
) -> None:
    """Never a traceback, and never a write to what is damaged."""
    town = Town(tmp_path_factory.mktemp("broken"))
    plan = town.plan()
    broken = bytearray(AFTER)
    for at, value in breaks:
        broken[at] = value
    town.database.write_bytes(broken)
    try:
        town.apply(plan)
    except BackupServError:
        assert town.database.read_bytes() == bytes(broken)


@pytest.mark.parametrize("backup", [b"", b"DBV 12\n", BEFORE[:5000]])
def test_a_damaged_snapshot_is_a_sentence(town: Town, backup: bytes) -> None:
    town.backup = backup
    with pytest.raises(SourceDamaged, match="the snapshot cannot be read"):
        town.plan()
    with pytest.raises(SourceDamaged):
        find_in_tables(backup, ALICE, Network())


def test_a_channel_comes_back_with_numbers_of_its_own(tmp_path: Path) -> None:
    town = Town(tmp_path, AFTER_NUMBERED, BEFORE_NUMBERED)
    wishes = Wishes(founder="bob")
    town.apply(town.plan(CHANNEL, wishes), CHANNEL, wishes)
    assert (3, "#alice", 1551500000, 1) in town.rows()["chan_table"]
    town.undo()
    assert town.rows() == rows(AFTER_NUMBERED)


def test_a_restore_cannot_be_taken_back_twice(town: Town) -> None:
    town.apply(town.plan())
    town.undo()
    report = town.undo()
    assert "account alice is gone already" in report.notes


@pytest.mark.parametrize(
    ("target", "there"),
    [
        (ALICE, True),
        (Target(kind="account", name="ALICE_"), True),
        (CHANNEL, True),
        (Target(kind="account", name="'; DROP TABLE x"), False),
        (Target(kind="channel", name="#nowhere"), False),
        (Target(kind="group", name="!alice"), False),
    ],
    ids=str,
)
def test_whether_a_snapshot_has_it(target: Target, there: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    assert find_in_tables(BEFORE, target, Network()) is there


def test_who_is_not_in_the_snapshot_is_not_found(town: Town) -> None:
    with pytest.raises(AccountNotFound):
        town.plan(Target(kind="account", name="nobody"))


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_killed_anywhere_it_is_whole_or_nothing_and_is_told_right(tmp_path: Path, journal: str) -> None:
    """SIGKILL at twenty moments; the journal of SQLite does the rest."""
    backup = tmp_path / "backup.db"
    backup.write_bytes(BEFORE)
    outcomes = set()
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        town = Town(folder)
        town.life(f"PRAGMA journal_mode={journal}")
        _kill_after(number * 0.002, town.database, folder / "state", backup)
        record = next(iter(town.folder.all()), None)
        if record is None or record.finished:
            assert town.rows() in (rows(AFTER), rows(BEFORE))
            continue
        told = settle_tables(record, database=town.database, folder=town.folder)
        whole = town.rows()
        assert whole in (rows(AFTER), rows(BEFORE))
        assert ("is back" in told and "not back" not in told) is (whole == rows(BEFORE))
        assert town.step() == ("done" if whole == rows(BEFORE) else "abandoned")
        outcomes.add(record.step)
    assert outcomes, "it was never killed half-way"


def _kill_after(seconds: float, *paths: Path) -> None:
    command = [sys.executable, "-m", "tests.core.operations.applying", *map(str, paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)


def test_a_restore_that_was_cut_short_after_its_commit_is_known_to_be_whole(town: Town) -> None:
    town.apply(town.plan())
    record = town.folder.write(replace(begun(), before="x"), "kept")
    assert (
        settle_tables(record, database=town.database, folder=town.folder)
        == "The change was whole: account alice is back."
    )


def test_a_restore_that_was_cut_short_before_it_is_known_to_be_nothing(town: Town) -> None:
    town.apply(town.plan())
    town.undo()
    record = town.folder.write(begun(), "kept")
    assert "was not changed" in settle_tables(record, database=town.database, folder=town.folder)
