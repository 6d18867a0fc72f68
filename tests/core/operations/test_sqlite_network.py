"""The same verbs where accounts and channels lie in SQLite: saved, lost, planned, brought back, taken back."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.domain.errors import AccountNotFound, PlanBlocked, PlanOutdated, SourceUnreadable
from core.operations.side import Side
from core.ports import Progress
from core.registrations.tables import TablePlan
from core.registrations.wish import Target, Wishes
from tests.core.operations.world import BEFORE, World, make_world
from tests.core.registrations.tables.village import ALICE, NAMED, OTHERS, made
from tests.fakes import FakeClock

ACCOUNT = Target(kind="account", name="ALICE")
CHANNEL = Target(kind="channel", name="#alice")


@pytest.fixture
def village(tmp_path: Path, clock: FakeClock, progress: Progress) -> World:
    """A database that a program has open in WAL mode; alice and her channel were saved, and then dropped."""
    world = make_world(tmp_path, clock)
    world.database.write_bytes(made(NAMED, OTHERS, ALICE))
    run(world, "PRAGMA journal_mode=WAL")
    (report,) = world.engine.back_up(reason="test", progress=progress)
    assert report.snapshot.counts["accounts"] == 2
    for table, column in (("account", "name"), ("nick", "account"), ("chanacs", "account"), ("chan", "founder")):
        run(world, f"DELETE FROM {table}_table WHERE {column}='alice'")  # noqa: S608 — names of this test
    run(world, "DELETE FROM chanacs_table WHERE chan='#alice'")
    return world


def run(world: World, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(world.database, isolation_level=None)) as connection:
        return list(connection.execute(statement))


def everything(world: World) -> dict[str, list[tuple[object, ...]]]:
    names = [str(row[0]) for row in run(world, "SELECT name FROM sqlite_schema WHERE type='table'")]
    return {name: sorted(run(world, f"SELECT * FROM {name}"), key=repr) for name in names}  # noqa: S608 — same


def test_an_account_comes_back_in_one_transaction_and_nothing_restarts(village: World, progress: Progress) -> None:
    plan = village.engine.plan_restore(ACCOUNT, progress=progress)
    assert isinstance(plan.plan, TablePlan)
    assert plan.restart == "one transaction in the living database, nothing restarts"
    report = village.engine.restore(plan, by="root1", code="ABCD", progress=progress)
    assert report.outcome == "account alice is back"
    assert [text for text, _ in report.steps] == ["changed in one transaction", "read back"]
    assert run(village, "SELECT pass FROM account_table WHERE name='alice'") == [("hash-of-alice",)]
    assert village.program.starts == 0
    assert village.engine.interrupted() == ()


def test_a_channel_comes_back_and_is_taken_back(village: World, progress: Progress) -> None:
    village.engine.restore(village.engine.plan_restore(ACCOUNT, progress=progress), by="root1", progress=progress)
    before = everything(village)
    plan = village.engine.plan_restore(CHANNEL, progress=progress)
    village.engine.restore(plan, by="root1", code="7Q2F", progress=progress)
    assert run(village, "SELECT chan FROM chan_table WHERE founder='alice'") == [("#alice",)]
    undo = village.engine.plan_undo("7Q2F", progress=progress)
    assert "channel #alice, restored by root1" in undo.headline
    report = village.engine.restore(undo, by="carol", progress=progress)
    assert report.outcome == "restore 7Q2F is undone"
    assert everything(village) == before
    with pytest.raises(PlanBlocked, match="undone already"):
        village.engine.plan_undo("7Q2F", progress=progress)


def test_somebody_registered_the_name_meanwhile(village: World, progress: Progress) -> None:
    """What the plan rests on has changed: the code dies, and nothing is written."""
    plan = village.engine.plan_restore(ACCOUNT, progress=progress)
    run(village, "INSERT INTO account_table VALUES ('Alice', 'x', 'x', 1, 1)")
    before = everything(village)
    with pytest.raises((PlanOutdated, PlanBlocked)):
        village.engine.restore(plan, by="root1", progress=progress)
    assert everything(village) == before
    assert village.engine.interrupted() == ()


def test_a_snapshot_of_another_format_is_no_way_back(village: World, progress: Progress) -> None:
    from tests.core.operations.world import BEFORE  # noqa: PLC0415 — only this test needs Atheme's file

    for name in ("services.db-wal", "services.db-shm"):
        (village.database.parent / name).unlink(missing_ok=True)
    village.database.write_bytes(BEFORE)
    with pytest.raises(PlanBlocked, match="of different formats"):
        village.engine.plan_restore(ACCOUNT, progress=progress)


def test_an_account_that_is_there_waits_for_a_choice(village: World, progress: Progress) -> None:
    plan = village.engine.plan_restore(Target(kind="account", name="bob"), wishes=Wishes(), progress=progress)
    assert plan.blocked
    with pytest.raises(PlanBlocked):
        village.engine.restore(plan, by="root1", progress=progress)


def test_an_undo_of_what_was_changed_since_waits_for_the_word(village: World, progress: Progress) -> None:
    """Her password is a new one: taking the account out again takes that too, where somebody says so."""
    plan = village.engine.plan_restore(ACCOUNT, progress=progress)
    village.engine.restore(plan, by="root1", code="7Q2F", progress=progress)
    run(village, "UPDATE account_table SET pass='another' WHERE name='alice'")
    undo = village.engine.plan_undo("7Q2F", progress=progress)
    assert "account alice has changed since: choose replace" in undo.blocked
    undo = village.engine.plan_undo("7Q2F", Wishes(choices={"": "replace"}), progress=progress)
    assert "account alice, as it is now" in undo.plan.going
    village.engine.restore(undo, by="root1", progress=progress)
    assert run(village, "SELECT name FROM account_table") == [("bob",)]


def test_where_nothing_is_lacking_nothing_is_said_to_be_back(village: World, progress: Progress) -> None:
    village.engine.restore(village.engine.plan_restore(ACCOUNT, progress=progress), by="root1", progress=progress)
    plan = village.engine.plan_restore(ACCOUNT, wishes=Wishes(choices={"": "merge"}), progress=progress)
    assert "there is nothing to bring back: alice has all that could come" in plan.blocked


def test_who_asked_to_be_forgotten_is_found_in_tables_and_comes_back_no_more(
    village: World, progress: Progress
) -> None:
    """By any nick, in the snapshots; and an undo gives nothing of them back either."""
    plan = village.engine.plan_restore(ACCOUNT, progress=progress)
    found = village.engine.bearers("alice_", progress=progress)
    assert [(one.account, one.snapshots, one.living) for one in found.found] == [("alice", 1, False)]
    village.engine.forget(found.chosen(None, everybody=False), by="test")
    with pytest.raises((PlanBlocked, PlanOutdated)):
        village.engine.restore(plan, by="test", progress=progress)
    assert "was forgotten on" in village.engine.plan_restore(ACCOUNT, progress=progress).plan.blocked
    assert run(village, "SELECT name FROM account_table") == [("bob",)]


def test_what_was_dropped_is_found_compared_and_exported(village: World, progress: Progress) -> None:
    """From the living database in WAL mode and from the snapshots, by the same verbs."""
    engine = village.engine
    run(village, "UPDATE account_table SET pass = 'another-hash' WHERE name = 'bob'")
    found = engine.find("alice_", progress=progress)
    assert (found.living, found.live_trouble) == (None, "")
    assert found.way_back[0] == "restore user alice_"
    assert engine.find("#alice", progress=progress).way_back[0] == "restore channel #alice"
    assert engine.find("bob", progress=progress).living is not None
    changes = list(map(str, engine.diff("latest", "live", progress=progress).difference.changes))
    assert "account alice dropped" in changes
    assert "account bob changed: pass changed" in changes
    made = engine.export("ALICE_", "latest", by="test", progress=progress)
    assert made.account == "alice"
    assert "hash-of-alice" not in str(made.document)
    with pytest.raises(AccountNotFound):
        engine.export("alice", "live", by="test", progress=progress)
    engine.forget(engine.bearers("alice", progress=progress).chosen(None, everybody=False), by="test")
    assert engine.find("alice", progress=progress).way_back == ("", "")
    with pytest.raises(PlanBlocked, match="was forgotten on"):
        engine.export("alice", "latest", by="test", progress=progress)


def test_a_snapshot_of_another_format_is_told_and_nobody_is_called_dropped(village: World, progress: Progress) -> None:
    """The network moved from Atheme's file to tables, or the other way."""
    side = Side(label="old", reference="old", content=BEFORE)
    with pytest.raises(SourceUnreadable, match=r"live, saved .* is not a services\.db of Atheme, as the other one is"):
        village.engine.diff(side, "live", progress=progress)
