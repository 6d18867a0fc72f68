"""The way back from a restore, on a living network: a plan of its own, for a week, and once."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.errors import PlanBlocked, PlanOutdated, RestoreFailed, SnapshotNotFound
from core.operations.restore_report import RestoreReport
from core.ports import Progress
from core.registrations.wish import Target, Wishes
from tests.core.operations.world import AFTER, World
from tests.core.registrations.test_undo import timeless

ALICE = Target(kind="account", name="alice")


def restored(lost: World, progress: Progress, *, code: str = "") -> RestoreReport:
    """Alice is back."""
    plan = lost.engine.plan_restore(ALICE, wishes=Wishes(founded=True), progress=progress)
    return lost.engine.restore(plan, by="root1", code=code, progress=progress)


def test_a_restore_bears_the_code_that_was_agreed_to_and_is_undone_by_it(lost: World, progress: Progress) -> None:
    report = restored(lost, progress, code="7Q2F")
    assert report.id == "7Q2F"
    assert report.outcome == "account alice is back"
    assert report.undo_until - lost.clock.now() > timedelta(days=6, hours=23)
    undo = lost.engine.plan_undo("7q2f", progress=progress)
    assert undo.headline.startswith("undo 7Q2F: account alice, restored by root1 at ")
    done = lost.engine.restore(undo, by="carol", progress=progress)
    assert done.outcome == "restore 7Q2F is undone"
    assert lost.live() == AFTER
    assert lost.program.running


def test_an_undo_is_a_restore_of_its_own_and_can_be_undone(lost: World, progress: Progress) -> None:
    """And then the restore stands again, and can be taken back again."""
    report = restored(lost, progress)
    back = lost.live()
    undone = lost.engine.restore(lost.engine.plan_undo(report.id, progress=progress), by="carol", progress=progress)
    lost.clock.advance(60)
    again = lost.engine.plan_undo(undone.id, progress=progress)
    lost.engine.restore(again, by="carol", progress=progress)
    assert timeless(lost.live()) == timeless(back)
    lost.clock.advance(60)
    lost.engine.restore(lost.engine.plan_undo(report.id, progress=progress), by="carol", progress=progress)
    assert timeless(lost.live()) == timeless(AFTER)
    with pytest.raises(PlanBlocked, match="undone already"):
        lost.engine.plan_undo(report.id, progress=progress)


def test_a_restore_is_undone_once(lost: World, progress: Progress) -> None:
    report = restored(lost, progress)
    undone = lost.engine.restore(lost.engine.plan_undo(report.id, progress=progress), by="carol", progress=progress)
    with pytest.raises(PlanBlocked, match=f"undone already.*`undo {undone.id}` brings it back"):
        lost.engine.plan_undo(report.id, progress=progress)


@pytest.mark.parametrize("renamed", [True, False])
@pytest.mark.parametrize("saved", [True, False])
def test_an_undo_that_was_cut_short_and_settled_is_an_undo_if_the_file_says_so(
    lost: World, progress: Progress, *, renamed: bool, saved: bool
) -> None:
    """Killed around the rename, settled at once or when services have saved since: record and file agree."""
    report = restored(lost, progress)
    back = lost.live()
    undone = lost.engine.restore(lost.engine.plan_undo(report.id, progress=progress), by="carol", progress=progress)
    lies = lost.live() if renamed else back
    lost.database.write_bytes(lies.replace(b"private:topic:text the", b"private:topic:text a") if saved else lies)
    assert (lost.live() != lies) == saved
    _cut_short(lost, undone.id, "replacing")
    lost.engine.settle(undone.id)
    if renamed:
        with pytest.raises(PlanBlocked, match=f"undone already.*`undo {undone.id}` brings it back"):
            lost.engine.plan_undo(report.id, progress=progress)
    else:
        again = lost.engine.plan_undo(report.id, progress=progress)
        assert again.plan.going == ("account alice", "channel #gamma")


def _cut_short(lost: World, code: str, step: str) -> None:
    """The record as a kill at that step leaves it."""
    path = lost.state / "restores" / code / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"step": step}))


def test_the_way_back_ends_after_a_week_and_the_file_is_still_there(lost: World, progress: Progress) -> None:
    report = restored(lost, progress)
    lost.clock.advance(timedelta(days=6, hours=23).total_seconds())
    lost.engine.plan_undo(report.id, progress=progress)
    lost.clock.advance(timedelta(hours=2).total_seconds())
    with pytest.raises(PlanBlocked, match=r"could be undone until .*before\.db"):
        lost.engine.plan_undo(report.id, progress=progress)
    assert report.before_image.read_bytes() == AFTER


def test_a_code_that_is_none_is_answered_with_the_newest_that_is(lost: World, progress: Progress) -> None:
    with pytest.raises(SnapshotNotFound, match="nothing was restored yet"):
        lost.engine.plan_undo("ABCD", progress=progress)
    report = restored(lost, progress)
    with pytest.raises(SnapshotNotFound, match=f"{report.id} \\(account alice\\)"):
        lost.engine.plan_undo("ABCD", progress=progress)


def test_a_restore_that_failed_has_nothing_to_undo(lost: World, progress: Progress) -> None:
    lost.rehearsal.refuse = True
    plan = lost.engine.plan_restore(ALICE, progress=progress)
    with pytest.raises(RestoreFailed):
        lost.engine.restore(plan, by="root1", code="ABCD", progress=progress)
    with pytest.raises(PlanBlocked, match="ended as abandoned"):
        lost.engine.plan_undo("ABCD", progress=progress)


def test_an_undo_whose_ground_moved_is_not_carried_out(lost: World, progress: Progress) -> None:
    """A memo came for her between plan and stop: she is not the one whose loss was agreed to."""
    report = restored(lost, progress)
    undo = lost.engine.plan_undo(report.id, progress=progress)
    memo = b"ME alice bob 1795499999 0 welcome back\nME alice carol"
    lost.program.at_stop = lambda content: content.replace(b"ME alice carol", memo, 1)
    with pytest.raises((PlanOutdated, RestoreFailed)):
        lost.engine.restore(undo, by="carol", progress=progress)
    assert b"welcome back" in lost.live()
    assert lost.program.running


def test_what_a_restore_did_lies_beside_the_way_back_for_nobody_else_to_read(lost: World, progress: Progress) -> None:
    report = restored(lost, progress)
    folder = report.before_image.parent
    assert (folder / "added.rows").read_bytes().startswith(b"MU AAAAAAAAC alice ")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_code_that_an_older_restore_has_is_not_given_twice(lost: World, progress: Progress) -> None:
    restored(lost, progress, code="ABCD")
    undo = lost.engine.plan_undo("ABCD", progress=progress)
    report = lost.engine.restore(undo, by="carol", code="ABCD", progress=progress)
    assert report.id != "ABCD"
    assert len(report.id) == 6


def test_a_channel_and_a_group_come_back_to_a_living_network(lost: World, progress: Progress) -> None:
    restored(lost, progress)
    plan = lost.engine.plan_restore(Target(kind="channel", name="#ZETA"), progress=progress)
    assert plan.headline.startswith("restore channel #zeta as of ")
    assert lost.engine.restore(plan, by="root1", progress=progress).outcome == "channel #zeta is back"
    assert b"\nMC #zeta " in lost.live()
    gone = b"\n".join(line for line in lost.live().split(b"\n") if b"!staff" not in line)
    lost.program.stop()
    lost.database.write_bytes(gone)
    lost.program.start()
    plan = lost.engine.plan_restore(Target(kind="group", name="!staff"), progress=progress)
    assert lost.engine.restore(plan, by="root1", progress=progress).outcome == "group !staff is back"
    assert b"\nGRP AAAAAAAAI !staff " in lost.live()


def test_who_was_restored_is_known_for_as_long_as_the_records_are(lost: World, progress: Progress) -> None:
    """Of accounts, when it was last done or taken back; a record that cannot be read keeps nobody from working."""
    assert lost.engine.restored_accounts() == {}
    before = datetime.now(UTC) - timedelta(seconds=2)  # a file's time, not the world's clock
    restored(lost, progress, code="7Q2F")
    first = lost.engine.restored_accounts()["alice"]
    assert before < first < datetime.now(UTC) + timedelta(seconds=2)
    lost.engine.restore(lost.engine.plan_undo("7q2f", progress=progress), by="carol", progress=progress)
    (lost.state / "restores" / "XXXX").mkdir()
    (lost.state / "restores" / "XXXX" / "record.json").write_text("{")
    assert lost.engine.restored_accounts()["alice"] >= first
