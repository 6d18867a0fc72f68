"""Objectives and the score, measured of a small world."""

import os
from dataclasses import replace
from datetime import timedelta

from core.domain.drill import DrillReport
from core.operations.drill_reports import MOST, DrillReports
from core.ports import Progress
from tests.core.operations.world import AFTER, BEFORE, World


def report(world: World, **changes: object) -> DrillReport:
    made = DrillReport(
        id=f"{world.clock.now():%Y%m%dT%H%M%SZ}-services",
        source="services",
        snapshot="20261123T093000Z-abcdef",
        storage="disk",
        at=world.clock.now(),
        seconds=41,
        steps=(),
        verdict="proven",
        detail="7 accounts as saved",
        target=3600,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # any field may be changed


def test_a_save_that_changed_nothing_covers_as_a_new_one_does(world: World, progress: Progress) -> None:
    """The window is between looks at the source, not between snapshots."""
    world.engine.back_up(reason="test", progress=progress)
    for _ in range(10):
        world.clock.advance(300)
        world.engine.back_up(reason="test", progress=progress)
    assert len(world.engine.snapshots()) == 1
    world.clock.advance(180)
    services, network = world.engine.objectives()
    assert (services.window_seconds, services.age_seconds) == (300, 180)
    assert (network.what, network.window_seconds) == ("network", 300)
    assert "(window 5m, target 60m)" in str(world.engine.status())
    assert "never drilled" in str(world.engine.status())


def test_a_backup_that_failed_covers_nothing(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="test", progress=progress)
    world.clock.advance(7200)
    world.database.write_bytes(AFTER[:-1])
    try:
        world.engine.back_up(reason="test", progress=progress)
    except Exception:  # whatever it says, nothing was saved
        assert world.engine.runs.all()[-1].good is False
    status = world.engine.status()
    assert "window 2h, target 60m MISSED" in str(status)
    assert "services was last saved 2h ago, and no more than 1h may be lost" in status.troubles


def test_what_is_damaged_covers_nothing(world: World, progress: Progress) -> None:
    (made,) = world.engine.back_up(reason="test", progress=progress)
    world.engine.ledger.record(
        made.snapshot.id, level=0, verdict="damaged", at=world.clock.now(), detail="gone", storage="disk"
    )
    assert world.engine.objectives()[0].window_seconds is None


def test_the_last_drill_is_what_was_measured(world: World) -> None:
    """One that could not be done says nothing, nor does another program; one that failed says that it failed."""
    reports = DrillReports(world.state)
    reports.keep(report(world))
    world.clock.advance(60)
    reports.keep(report(world, verdict="unchecked", seconds=1))
    world.clock.advance(60)
    reports.keep(report(world, other=True, seconds=2))
    assert world.engine.objectives()[0].recovery == "drill 41s (target 1h)"
    world.clock.advance(60)
    reports.keep(report(world, verdict="damaged", seconds=3))
    assert world.engine.objectives()[0].recovery == "drill FAILED (target 1h)"
    assert world.engine.objectives()[0].recovery_met is False
    world.clock.advance(60)
    reports.keep(report(world, source="all", seconds=90000))
    assert world.engine.objectives()[1].recovery == "drill 1d 1h (target 1d) MISSED"


def test_reports_are_bounded_and_a_torn_one_hides_no_other(world: World) -> None:
    reports = DrillReports(world.state)
    for _ in range(MOST + 5):
        world.clock.advance(60)
        reports.keep(report(world))
    assert len(reports.all()) == MOST
    assert reports.all()[-1] == report(world)
    newest = max((world.state / "drills").iterdir())
    newest.write_text(newest.read_text()[:40])
    assert len(reports.all()) == MOST - 1
    assert reports.all()[-1].at == world.clock.now() - timedelta(seconds=60)


def test_the_score_says_what_is_missing(world: World, progress: Progress) -> None:
    """Nothing is kept before there is a snapshot; what was found damaged is the zero that is not met."""
    assert [rule.found for rule in world.engine.score().rules] == [1, 1, 0, 0, 0]
    (made,) = world.engine.back_up(reason="test", progress=progress)
    assert [rule.found for rule in world.engine.score().rules] == [2, 1, 0, 0, 0]
    world.engine.verify("latest", progress=progress)
    assert world.engine.score().rules[-1].met
    world.engine.ledger.record(
        made.snapshot.id, level=0, verdict="damaged", at=world.clock.now(), detail="gone", storage="disk"
    )
    assert f"{made.snapshot.tail} of services on disk is damaged" in world.engine.score().missing[-1]
    assert "3-2-1-1-0: 0 of 5" in str(world.engine.status())


def touch(world: World) -> None:
    """Services write their database anew, and nothing in it has changed."""
    now = world.clock.now().timestamp()
    os.utime(world.database, (now, now))


def test_what_services_have_not_written_is_in_no_copy(world: World, progress: Progress) -> None:
    """They hang and go on without a word: looking at the same old file every five minutes saves nothing."""
    world.engine.sites = (replace(world.engine.site, save_seconds=300),)
    for _ in range(12):
        touch(world)
        world.engine.back_up(reason="test", progress=progress)
        world.clock.advance(300)
    assert world.engine.objectives()[0].window_seconds == 300
    for _ in range(24):
        world.clock.advance(300)
        world.engine.back_up(reason="test", progress=progress)
    services = world.engine.objectives()[0]
    assert services.age_seconds == services.window_seconds == 300 * 25
    assert services.age_met is False


def test_while_the_newest_is_held_nothing_is_covered(world: World, progress: Progress) -> None:
    """A copy that lost too much is none, however often the source is seen to be like it."""
    world.engine.back_up(reason="test", progress=progress)
    world.clock.advance(300)
    lines = (line for line in BEFORE.split(b"\n") if not line.startswith((b"CA ", b"MDA ")))
    world.database.write_bytes(b"\n".join(lines))
    world.engine.back_up(reason="test", progress=progress)
    assert world.engine.snapshots()[-1].held
    for _ in range(3):
        world.clock.advance(300)
        world.engine.back_up(reason="test", progress=progress)
    assert world.engine.objectives()[0].age_seconds == 1200
