"""Either the account is back and services run, or everything is as it was and services run."""

import os
from pathlib import Path

import pytest

from core.domain.errors import (
    AccountNotFound,
    BackupServError,
    LockHeld,
    PlanBlocked,
    PlanOutdated,
    RestoreFailed,
    SnapshotNotFound,
)
from core.formats.atheme import lookup, parse
from core.ports import Progress
from core.registrations.wish import Target
from tests.core.operations.world import AFTER, World

NEW_LINE = b"MU AAAAAAAAM alice x x@x 1 1 + default \nMN alice alice 1 1 \n"


def _has_alice(content: bytes) -> bool:
    return lookup(parse(content), b"alice", "rfc1459") is not None


def test_alice_is_back_and_services_run_on_it(lost: World, progress: Progress) -> None:
    plan = lost.engine.plan_restore(Target(kind="account", name="ALICE"), None, progress=progress)
    report = lost.engine.restore(plan, by="root1", progress=progress)
    assert _has_alice(lost.live())
    assert lost.program.running
    assert lost.program.memory == lost.live()
    assert lost.rehearsal.seen == [lost.live()]
    assert report.before_image.read_bytes() == AFTER
    assert [text for text, _ in report.steps][:2] == ["stopped services", "spliced"]
    assert lost.engine.interrupted() == ()


def test_every_line_outside_the_plan_stays_byte_for_byte(lost: World, progress: Progress) -> None:
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    lost.engine.restore(plan, by="root1", progress=progress)
    result = lost.live().split(b"\n")
    kept = [line for line in AFTER.split(b"\n") if line in result]
    assert [line for line in result if line in set(kept)] == kept
    gone = set(AFTER.split(b"\n")) - set(result)
    assert all(line.split(b" ")[0] in {b"LUID", b"NAM", b"MDN"} for line in gone), gone


def test_a_plan_changes_nothing(lost: World, progress: Progress) -> None:
    before = lost.database.stat()
    lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    after = lost.database.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert lost.program.starts == 0


def test_the_mode_of_the_file_is_kept(lost: World, progress: Progress) -> None:
    lost.database.chmod(0o640)
    os.umask(os.umask(0o077))
    lost.program.at_stop = lambda content: content
    lost.program.running = False
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.database.stat().st_mode & 0o7777 == 0o640


def test_services_that_were_down_are_started(lost: World, progress: Progress) -> None:
    lost.program.running = False
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    assert "are down and will be started" in plan.restart
    lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.program.running


def test_services_said_to_be_down_are_left_alone(lost: World, progress: Progress) -> None:
    lost.program.running = False
    lost.program.can_act = False
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    report = lost.engine.restore(plan, by="root1", progress=progress)
    assert _has_alice(lost.live())
    assert lost.program.starts == 0
    assert any("not started" in note for note in report.notes)


def test_the_splice_is_made_on_what_services_wrote_when_they_stopped(lost: World, progress: Progress) -> None:
    """A memo that arrived between plan and stop survives."""
    memo = b"ME bob carol 1795396900 0 written a second ago\n"
    lost.program.at_stop = lambda content: content.replace(b"ME bob alice", memo + b"ME bob alice", 1)
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    lost.engine.restore(plan, by="root1", progress=progress)
    assert memo in lost.live()
    assert _has_alice(lost.live())


def test_somebody_registered_the_name_meanwhile(lost: World, progress: Progress) -> None:
    """What the plan rests on has changed: the code dies, and services run on what they wrote."""
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    lost.program.at_stop = lambda content: content.replace(b"MU AAAAAAAAD bob", NEW_LINE + b"MU AAAAAAAAD bob", 1)
    with pytest.raises((PlanOutdated, RestoreFailed, PlanBlocked)):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.program.running
    assert NEW_LINE in lost.live()
    assert lost.engine.interrupted() == ()


@pytest.mark.parametrize("what", ["stop", "rehearsal"])
def test_a_failure_before_the_change_leaves_the_database_and_services_as_they_were(
    lost: World, progress: Progress, what: str
) -> None:
    lost.rehearsal.refuse = what == "rehearsal"
    lost.program.refuses = {what}
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    with pytest.raises(RestoreFailed, match="was not changed"):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.live() == AFTER
    assert lost.program.running
    assert lost.engine.interrupted() == ()


def test_services_that_do_not_start_on_it_get_their_old_database_back(lost: World, progress: Progress) -> None:
    """Start fails once (on the new file), then works (on the old one)."""
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    start = lost.program.start

    def once() -> None:
        if _has_alice(lost.live()):
            raise BackupServError("services say no")
        start()

    lost.program.start = once  # type: ignore[method-assign]  # a program that dislikes what it is given
    with pytest.raises(RestoreFailed, match=r"services say no.*old database is back"):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.live() == AFTER
    assert lost.program.running


def test_where_even_the_way_back_fails_the_operator_is_told_both(lost: World, progress: Progress) -> None:
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    lost.program.refuses = {"start"}
    with pytest.raises(RestoreFailed, match=r"putting the old database back failed.*before\.db"):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.live() == AFTER
    (item,) = lost.engine.interrupted()
    lost.program.refuses = set()
    lost.engine.settle(item.record.id)
    assert lost.program.running
    assert lost.engine.interrupted() == ()


def test_a_left_over_new_file_is_set_aside_before_services_stop(lost: World, progress: Progress) -> None:
    leftover = lost.database.with_name("services.db.new")
    leftover.write_bytes(b"x" * 100_000)
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    lost.engine.restore(plan, by="root1", progress=progress)
    assert not leftover.exists()
    assert [path.read_bytes() for path in lost.database.parent.glob("services.db.new.*")] == [b"x" * 100_000]


def test_who_is_not_there_is_said_in_words(lost: World, progress: Progress) -> None:
    with pytest.raises(AccountNotFound, match="none of 1 snapshots"):
        lost.engine.plan_restore(Target(kind="account", name="nobody"), None, progress=progress)
    with pytest.raises(SnapshotNotFound):
        lost.engine.plan_restore(Target(kind="account", name="alice"), "2020-01-01", progress=progress)


def test_an_account_that_is_there_is_not_touched(lost: World, progress: Progress) -> None:
    plan = lost.engine.plan_restore(Target(kind="account", name="bob"), None, progress=progress)
    assert plan.plan.blocked
    with pytest.raises(PlanBlocked):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.program.starts == 0


def test_two_restores_never_meet(lost: World, progress: Progress) -> None:
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    stop = lost.program.stop

    def meanwhile() -> None:
        with pytest.raises(LockHeld):
            lost.engine.back_up(reason="at the same time", progress=progress)
        stop()

    lost.program.stop = meanwhile  # type: ignore[method-assign]  # somebody else tries while services are stopped
    lost.engine.restore(plan, by="root1", progress=progress)
    assert _has_alice(lost.live())


def test_the_audit_trail_tells_of_it(lost: World, progress: Progress) -> None:
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), None, progress=progress)
    lost.engine.restore(plan, by="root1", progress=progress)
    trail = Path(lost.state / "audit.jsonl").read_text()
    assert "restore begun" in trail
    assert "restore done" in trail
    assert "root1" in trail


def test_a_plan_whose_ground_moved_is_made_again_from_the_same_snapshot(lost: World, progress: Progress) -> None:
    """What is shown then is what would be done now."""
    plan = lost.engine.plan_restore(Target(kind="account", name="alice"), progress=progress)
    grouped = AFTER.replace(b"MN bob bob_", b"MN bob alice_alt", 1)
    lost.database.write_bytes(grouped)
    lost.program.at_stop = lambda _: grouped
    with pytest.raises(PlanOutdated):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.program.starts == 0
    again = lost.engine.plan_again(plan, progress=progress)
    assert again.digest != plan.digest
    assert [conflict.code for conflict in again.plan.conflicts] == ["nick-taken"]
    lost.engine.restore(again, by="root1", progress=progress)
    assert _has_alice(lost.live())
