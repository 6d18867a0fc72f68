"""A standby becomes the live database: never beside services that still live, and what is lost is said before."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.domain.errors import ControlFailed, PlanBlocked, PlanOutdated, RestoreFailed
from core.formats.atheme import lookup, parse
from core.operations.promotion import Promotion
from core.operations.standby import Standby
from core.ports import Progress
from tests.core.operations.test_standby import Spare
from tests.core.operations.world import AFTER, BEFORE, World


@dataclass
class Elsewhere:
    """Services on another host, as the control reaches them."""

    running: bool = True
    reached: bool = True
    can_act: bool = True
    done: list[str] = field(default_factory=list)

    def is_running(self) -> bool:
        if not self.reached:
            raise ControlFailed("the status command cannot tell (exit code 255)")
        return self.running

    def stop(self) -> None:
        self.done.append("stop")
        self.running = False

    def start(self) -> None:
        self.done.append("start")
        self.running = True


@pytest.fixture
def spare(world: World, tmp_path: Path) -> Spare:
    spare = Spare(world, tmp_path / "standby" / "services.db")
    world.engine.sites = (replace(world.engine.site, owner="root:root" if os.geteuid() == 0 else ""),)
    spare.back_up()
    return spare


def elsewhere(spare: Spare, old: Elsewhere | None) -> None:
    """This host is the one that shall live; it has never kept the standby current, and services are down here."""
    (spare.engine.state_dir / "standby.json").unlink()
    assert spare.engine.standbys is not None
    spare.keep(*(replace(standby, old=old) for standby in spare.engine.standbys.standbys))
    spare.world.database.unlink()
    spare.world.program.running = False


def planned(spare: Spare, progress: Progress, *, said: bool = False) -> Promotion:
    return spare.engine.plan_promotion(old_is_down=said, progress=progress)


def has(content: bytes, name: bytes) -> bool:
    return lookup(parse(content), name, "rfc1459") is not None


def test_a_lost_database_is_replaced_by_the_standby(spare: Spare, progress: Progress) -> None:
    """Services run on it, it was rehearsed before, status and the audit trail know it, and nothing is half done."""
    spare.world.program.running = False
    spare.world.database.unlink()
    plan = planned(spare, progress)
    assert "snapshot " in plan.headline
    assert plan.blocked == ""
    assert any("what was registered after 2026-11-23 09:29Z is lost" in text for text in plan.plan.going)
    report = spare.engine.restore(plan, by="root1 and carol", code="7Q2F", progress=progress)
    assert report.outcome == "standby b is the live database"
    assert has(spare.world.live(), b"alice")
    assert spare.world.program.running
    assert spare.world.rehearsal.seen == [spare.world.live()]
    assert spare.engine.interrupted() == ()
    assert "standby promoted" in (spare.engine.state_dir / "audit.jsonl").read_text()
    spare.back_up()
    assert spare.troubles == []
    assert spare.path.read_bytes() == spare.world.live()


def test_what_the_living_database_has_more_is_named_as_lost(spare: Spare, progress: Progress) -> None:
    """And it can be taken back."""
    spare.world.database.write_bytes(AFTER)
    plan = planned(spare, progress)
    assert "greta" in "".join(plan.plan.going)
    assert plan.second
    assert plan.as_dict()["standby"] == "b"
    report = spare.engine.restore(plan, by="root1", progress=progress)
    assert not has(spare.world.live(), b"greta")
    undo = spare.engine.plan_undo(report.id, progress=progress)
    spare.engine.restore(undo, by="root1", progress=progress)
    assert has(spare.world.live(), b"greta")


def test_where_nothing_lives_the_newest_snapshot_names_what_is_lost(spare: Spare, progress: Progress) -> None:
    """A standby that is behind: who was registered since is named, and for the rest the time is told."""
    standbys, spare.engine.standbys = spare.engine.standbys, None
    spare.save(AFTER)
    spare.engine.standbys = standbys
    spare.world.database.unlink()
    going = "\n".join(planned(spare, progress).plan.going)
    assert "greta" in going
    assert "what was registered after snapshot" in going


def test_old_services_are_stopped_first(spare: Spare, progress: Progress) -> None:
    """Where they live elsewhere and can be reached."""
    old = Elsewhere()
    elsewhere(spare, old)
    plan = planned(spare, progress)
    assert plan.restart.startswith("the old services are stopped first")
    report = spare.engine.restore(plan, by="root1", progress=progress)
    assert old.done == ["stop"]
    assert report.notes[0] == "the old services are stopped: see that nothing starts them again"
    assert has(spare.world.live(), b"alice")


@pytest.mark.parametrize("old", [None, Elsewhere(reached=False), Elsewhere(can_act=False)])
def test_old_services_that_cannot_be_reached_block_it(spare: Spare, progress: Progress, old: Elsewhere | None) -> None:
    """Two services on one network fight; whoever knows better says so."""
    elsewhere(spare, old)
    plan = planned(spare, progress)
    assert "--old-is-down" in plan.blocked
    with pytest.raises(PlanBlocked):
        spare.engine.restore(plan, by="root1", progress=progress)
    assert not spare.world.database.exists()
    plan = planned(spare, progress, said=True)
    assert plan.blocked == ""
    spare.engine.restore(plan, by="root1", progress=progress)
    assert has(spare.world.live(), b"alice")
    assert old is None or old.done == []


def test_whatever_fails_the_old_services_run_again(spare: Spare, progress: Progress) -> None:
    """The real program refused the content: nothing lies here, as before."""
    old = Elsewhere()
    elsewhere(spare, old)
    spare.world.rehearsal.refuse = True
    with pytest.raises(RestoreFailed, match="would not load it"):
        spare.engine.restore(planned(spare, progress), by="root1", progress=progress)
    assert old.done == ["stop", "start"]
    assert not spare.world.database.exists()
    assert spare.engine.interrupted() == ()


def test_services_that_cannot_be_reached_any_more_stop_it(spare: Spare, progress: Progress) -> None:
    """They could when the plan was shown."""
    old = Elsewhere()
    elsewhere(spare, old)
    plan = planned(spare, progress)
    old.reached = False
    with pytest.raises(PlanBlocked, match="cannot be stopped"):
        spare.engine.restore(plan, by="root1", progress=progress)
    assert not spare.world.database.exists()


def test_a_standby_that_was_written_since_needs_a_new_plan(spare: Spare, progress: Progress) -> None:
    """Exactly what was shown, or nothing."""
    spare.world.program.running = False
    spare.world.database.unlink()
    plan = planned(spare, progress)
    spare.path.write_bytes(AFTER)
    with pytest.raises(PlanOutdated, match="written anew"):
        spare.engine.restore(plan, by="root1", progress=progress)
    assert not spare.world.database.exists()
    again = spare.engine.plan_again(plan, progress=progress)
    spare.engine.restore(again, by="root1", progress=progress)
    assert has(spare.world.live(), b"greta")


def test_a_damaged_standby_does_not_go_live(spare: Spare, progress: Progress) -> None:
    """It is blocked before anything is stopped."""
    spare.path.write_bytes(BEFORE[:2000])
    plan = planned(spare, progress)
    assert "fault" in plan.blocked
    assert spare.world.program.running


def test_which_standby_is_meant_is_said(spare: Spare, progress: Progress) -> None:
    """One need not be named; of several one must be."""
    with pytest.raises(PlanBlocked, match="no standby c"):
        spare.engine.plan_promotion("c", progress=progress)
    assert spare.engine.standbys is not None
    (one,) = spare.engine.standbys.standbys
    spare.keep(one, Standby(name="c", source="services", replica=one.replica))
    with pytest.raises(PlanBlocked, match="several"):
        planned(spare, progress)
    spare.engine.standbys = None
    with pytest.raises(PlanBlocked, match="no standby is configured"):
        planned(spare, progress)
