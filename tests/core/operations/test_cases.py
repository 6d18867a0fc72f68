"""An incident that people open keeps what is and what was, tells its story, and lets go when it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.audit import Wanted
from core.domain.case import BEFORE, KEPT_AFTER
from core.domain.errors import PlanBlocked, SnapshotNotFound, StorageUnavailable
from core.domain.review_page import markdown
from core.domain.snapshot import Snapshot
from core.lock import Lock
from core.operations.cases import told_of
from core.ports import Progress
from core.registrations.wish import Target
from tests.core.operations.world import AFTER, World
from tests.core.operations.world import BEFORE as FULL
from tests.fakes import RecordingProgress


def _frozen(world: World) -> str:
    return world.engine.retention.held().frozen


def test_opening_one_freezes_saves_and_pins_what_was_before_and_closing_it_lets_go(
    world: World, progress: Progress
) -> None:
    engine = world.engine
    engine.back_up(reason="long before", progress=progress)
    world.clock.advance(BEFORE.total_seconds() + 60)
    world.database.write_bytes(AFTER)
    engine.back_up(reason="lately", progress=progress)
    world.clock.advance(3600)
    world.database.write_bytes(FULL)
    _, lately = engine.snapshots()
    case = engine.cases.open("channels   vanish\x07", by="alice", progress=progress)
    assert case.title == "channels vanish"
    assert _frozen(world)
    assert not case.troubles
    assert case.pinned == (lately.id,)
    newest = engine.snapshots()[-1]
    assert newest.reason == f"incident {case.id}"
    assert case.saved == (newest.id,)
    assert set(engine.retention.held().reasons) == {lately.id}
    assert f"LOOK  incident {case.id} open since 2026-11-25 10:31Z: channels vanish" in str(engine.status())
    closed = engine.cases.close("all is back", by="carol")
    assert closed.is_over
    assert not _frozen(world)
    assert "incident" not in str(engine.status())
    assert set(engine.retention.held().reasons) == {lately.id, newest.id}
    world.clock.advance(KEPT_AFTER.total_seconds())
    assert not engine.retention.held().pins
    expected = ["incident opening", "backup done", "incident opened", "incident close asked", "incident closed"]
    assert [entry.event for entry in engine.journal.entries(Wanted())][-5:] == expected


def test_one_is_open_at_a_time_and_notes_need_one(world: World, progress: Progress) -> None:
    cases = world.engine.cases
    with pytest.raises(PlanBlocked, match="no incident is open"):
        cases.note("nothing", by="alice")
    with pytest.raises(PlanBlocked, match="no incident was cut short"):
        cases.go_on(by="alice", progress=progress)
    with pytest.raises(PlanBlocked, match="no incident yet"):
        cases.report()
    case = cases.open("first", by="alice", progress=progress)
    with pytest.raises(PlanBlocked, match=f"incident {case.id} open since .*`incident close` ends it"):
        cases.open("second", by="carol", progress=progress)
    with pytest.raises(PlanBlocked, match="needs words"):
        cases.note(" \n", by="alice")
    cases.close(by="alice")
    with pytest.raises(PlanBlocked, match="no incident is open"):
        cases.close(by="alice")
    world.clock.advance(1)
    cases.open("second", by="carol", progress=progress)
    assert [item.title for item in cases.all()] == ["first", "second"]
    with pytest.raises(SnapshotNotFound, match="no incident"):
        cases.report("../../etc/passwd")


class _Died(BaseException):
    """Somebody pulled the plug."""


class _Plug:
    """Pulled at a step."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, text: str) -> None:
        del text
        self.left -= 1
        if self.left == 0:
            raise _Died


@pytest.mark.parametrize("at", range(1, 8))
def test_whenever_its_opening_is_cut_short_it_is_told_and_gone_on_with(
    world: World, progress: RecordingProgress, at: int
) -> None:
    world.engine.back_up(reason="before", progress=progress)
    world.clock.advance(60)
    world.database.write_bytes(AFTER)
    plug = _Plug(at)
    try:
        world.engine.cases.open("channels vanish", by="alice", progress=plug)
    except _Died:
        (trouble, *_) = world.engine.status().troubles
        assert (
            "is being opened since 2026-11-23 09:31Z: channels vanish; if nobody is at it, `incident open`" in trouble
        )
        with pytest.raises(PlanBlocked, match="`incident open` alone goes on with it"):
            world.engine.cases.open("another", by="carol", progress=progress)
        world.engine.cases.go_on(by="carol", progress=progress)
    else:
        assert plug.left > 0  # it has fewer steps than that
    (case,) = world.engine.cases.all()
    assert (case.step, case.by) == ("open", "alice")
    assert len(case.pinned) == 1
    assert _frozen(world)
    assert world.engine.snapshots()[-1].id in case.saved
    assert not world.engine.status().troubles


def test_what_cannot_be_done_is_told_and_stops_nothing_else(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="before", progress=progress)
    world.clock.advance(60)
    world.database.unlink()
    case = world.engine.cases.open("the disk is gone", by="alice", progress=progress)
    assert case.step == "open"
    assert ["everything is saved" in trouble for trouble in case.troubles] == [True]
    assert _frozen(world)
    assert len(case.pinned) == 1
    assert told_of(case).endswith("1 snapshot from 2026-11-21 09:31Z on kept, nothing saved")
    assert "; saved: nothing" in markdown(world.engine.cases.report(), "TestNet/host1")


def test_what_could_not_be_told_at_its_opening_stays_from_its_end_on(world: World, progress: Progress) -> None:
    """The repository did not answer then: what was before stays as long as it would have all the same."""

    def away() -> tuple[Snapshot, ...]:
        raise StorageUnavailable("the disk is not mounted")

    world.engine.back_up(reason="before", progress=progress)
    world.clock.advance(60)
    case = replace(world.engine.cases, snapshots=away).open("no disk", by="alice", progress=progress)
    assert any("what is kept is not known" in trouble for trouble in case.troubles)
    world.clock.advance(KEPT_AFTER.total_seconds())
    closed = world.engine.cases.close(by="alice")
    assert len(closed.pinned) == 1
    world.clock.advance(KEPT_AFTER.total_seconds() - 1)
    assert set(world.engine.retention.held().reasons) == set(closed.pinned)


def test_another_run_that_is_at_work_is_waited_for_and_nothing_is_removed_meanwhile(
    world: World, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.state.mkdir(exist_ok=True)
    lock = Lock(world.state / "lock", purpose="pruning")
    lock.__enter__()

    def wait(seconds: float) -> None:
        """The other run ends while we do."""
        assert _frozen(world)
        world.clock.advance(seconds)
        lock.__exit__(None, None, None)

    monkeypatch.setattr(world.clock, "sleep", wait)
    case = world.engine.cases.open("a race", by="alice", progress=progress)
    assert not case.troubles
    assert case.saved


def test_somebody_elses_freeze_outlives_it(world: World, progress: Progress) -> None:
    world.engine.retention.freeze("wait for the auditor", by="carol")
    world.engine.cases.open("x", by="alice", progress=progress)
    world.engine.cases.close(by="alice")
    assert _frozen(world).startswith("wait for the auditor")


def test_its_report_tells_who_did_what_and_what_was_measured(lost: World, progress: Progress) -> None:
    engine = lost.engine
    lost.clock.advance(1800)
    case = engine.cases.open("alice *vanished*", by="carol", progress=progress)
    lost.clock.advance(60)
    engine.cases.note("I dropped | her by mistake", by="carol")
    lost.clock.advance(60)
    engine.journal.record("command obeyed", command="!restore user alice", nick="carol", place="#opers", why="oper")
    plan = engine.plan_restore(Target(kind="account", name="alice"), lost.engine.snapshots()[0].id, progress=progress)
    engine.restore(plan, by="carol", code="7Q2F", progress=progress)
    lost.clock.advance(1000)
    engine.cases.close("she is back", by="carol")
    lost.clock.advance(1000)
    engine.journal.record("afterwards")
    review = engine.cases.report()
    (back,) = review.returns
    assert (back.id, back.what, back.by, back.outcome) == ("7Q2F", "account alice", "carol", "done")
    assert back.lost is not None
    assert timedelta(minutes=32) < back.lost < timedelta(minutes=35)
    assert review.lasted == "18m"
    told = [event.line for event in review.events]
    assert any("carol: asked !restore user alice (oper)" in line for line in told)
    assert not any("afterwards" in line for line in told)
    assert told == sorted(told, key=lambda line: line[:20])
    page = markdown(review, "TestNet/host1")
    assert page.startswith(f"# Incident {case.id}: alice \\*vanished\\*\n")
    assert "- 7Q2F account alice by carol at 2026-11-23 10:02Z: done, took 1s, at most 33m of changes lost" in page
    assert ", closed 2026-11-23 " in page
    assert "carol: I dropped \\| her by mistake" in page
    assert "- services: nicks 10 → 8 → 8\n" in page
    assert "services: accounts" not in page  # as many as before
    for heading in ("Summary", "Impact", "Timeline", "What went well", "What went badly", "Follow-ups"):
        assert f"\n## {heading}" in page


def test_nobody_who_was_refused_writes_on_the_page(world: World, progress: Progress) -> None:
    """What was typed stands there as it is: no colours or titles of a terminal, no Markdown, no signs of HTML."""
    world.engine.cases.open("x", by="alice", progress=progress)
    world.engine.journal.record("command refused", command="!who \x1b]0;#a\x07 \u202e&lt;\n# b", nick="[a](b)|`c`")
    page = markdown(world.engine.cases.report(), "TestNet/host1")
    assert " \\[a\\](b)\\|\\`c\\`: REFUSED !who ?\\]0;\\#a? ?\\&lt; \\# b\n" in page
    assert all(letter.isprintable() or letter == "\n" for letter in page)


def test_a_record_that_cannot_be_read_is_named_and_the_status_goes_on(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="before", progress=progress)
    case = world.engine.cases.open("x", by="alice", progress=progress)
    (world.state / "incidents" / f"{case.id}.json").write_bytes(b"{")
    (trouble,) = world.engine.status().troubles
    assert f"the record of incident {case.id} cannot be read" in trouble
    with pytest.raises(StorageUnavailable, match="cannot be read"):
        world.engine.cases.open("y", by="alice", progress=progress)
