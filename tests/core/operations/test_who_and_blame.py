"""Who had access then, and what changed when: answered for both formats, bounded, and about the name alone."""

import os

import pytest

from core.domain.errors import AccountNotFound, SourceUnreadable
from core.operations import backwards as backwards_module
from core.operations import blame as blame_module
from core.ports import Progress
from tests.core.operations.test_sqlite_network import run, village
from tests.core.operations.world import AFTER, BEFORE, World

__all__ = ["village"]  # a fixture


def save(world: World, content: bytes, progress: Progress) -> str:
    """Services save, and it is backed up; the snapshot's short id."""
    world.clock.advance(3600)
    world.database.write_bytes(content)
    os.utime(world.database, (world.clock.now().timestamp(),) * 2)
    return world.engine.back_up(reason="test", progress=progress)[0].snapshot.tail


def test_the_access_list_of_a_channel_then_and_now(world: World, progress: Progress) -> None:
    """Founders first, and of hostmasks nothing but how many."""
    tail = save(world, BEFORE, progress)
    save(world, AFTER, progress)
    headline, *then = world.engine.who("#ALPHA", tail, progress=progress).told()
    assert headline.startswith(f"#alpha ({tail} of 2026-11-23 10:30Z): 6 entries, 2 hostmasks")
    assert then[0] == "alice +AFORaefhioqrstv (founder)"
    assert "bob +AOiortv" in then
    _, *now = world.engine.who("#alpha", "live", progress=progress).told()
    assert now[0] == "bob +AFORaefhioqrstv (founder)"
    assert not any("alice" in line or "10.9.8.7" in line for line in now)
    with pytest.raises(AccountNotFound, match="#zeta is not registered in live"):
        world.engine.who("#zeta", "live", progress=progress)


def test_what_is_no_database_has_no_access_list(world: World, progress: Progress) -> None:
    """It is never said to be without the channel."""
    world.database.write_bytes(b"Dear diary\n")
    with pytest.raises(SourceUnreadable, match="neither"):
        world.engine.who("#alpha", "live", progress=progress)


def test_what_changed_about_a_name_stands_between_the_two_snapshots_that_frame_it(
    world: World, progress: Progress
) -> None:
    first, last = save(world, BEFORE, progress), save(world, AFTER, progress)
    frame = f"{first} of 2026-11-23 10:30Z → {last} of 2026-11-23 11:30Z: "
    (step,) = world.engine.blame("#ZETA", progress=progress).steps
    assert list(step.told()) == [frame + "channel #zeta dropped: founder bob (gone); 2 access entries gone"]
    told = list(world.engine.blame("alice", progress=progress).told())
    assert told[0].startswith(frame + "operator alice no longer")
    assert "· and channel #alpha changed: founder alice → bob" in told
    assert "· and account alice dropped" in told
    assert not any("#zeta" in line for line in told)
    assert list(world.engine.blame("bob_", progress=progress).told()) == [
        "nothing changed about bob_ in 3 databases that were looked at"
    ]


def test_by_whom_is_told_where_services_have_written_it_down(world: World, progress: Progress) -> None:
    save(world, BEFORE, progress)
    was = b"CA #alpha bob +AOiortv 1795396580 alice"
    assert was in BEFORE
    save(world, BEFORE.replace(was, b"CA #alpha bob +Ao 1795500000 carol"), progress)
    world.database.unlink()
    for name in ("bob", "#alpha"):
        first = next(iter(world.engine.blame(name, progress=progress).told()))
        assert first.endswith("access of bob +AOiortv → +Ao, set by carol 2026-11-24 06:00Z"), first


def test_the_living_database_counts_too_and_what_cannot_be_read_is_told(world: World, progress: Progress) -> None:
    save(world, BEFORE, progress)
    world.database.write_bytes(AFTER)
    report = world.engine.blame("#zeta", progress=progress)
    assert report.steps[0].after.startswith("live, saved ")
    assert report.as_dict()["troubles"] == []
    world.database.unlink()
    report = world.engine.blame("#zeta", progress=progress)
    assert not report.steps
    assert report.troubles
    assert any(line.startswith("! ") for line in report.told())


def test_the_walk_is_bounded_and_says_so(world: World, progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        save(world, BEFORE + b"CFCHAN #later 1795396580 %d \n" % number, progress)
    monkeypatch.setattr(backwards_module, "MOST", 2)
    report = world.engine.blame("alice", progress=progress)
    assert (report.looked, report.older) == (3, 2)
    assert any("2 older snapshots were not looked at" in line for line in report.told())
    assert world.engine.blame("alice", progress=progress, everything=True).older == 0
    monkeypatch.setattr(blame_module, "_SECONDS", -1.0)
    assert world.engine.blame("alice", progress=progress).older == 4


def test_tables_answer_both(village: World, progress: Progress) -> None:
    headline, *holders = village.engine.who("#alice", "latest", progress=progress).told()
    assert "2 entries" in headline
    assert holders == ["alice +F (founder)", "bob +v"]
    with pytest.raises(AccountNotFound):
        village.engine.who("#alice", "live", progress=progress)
    (step,) = village.engine.blame("ALICE", progress=progress).steps
    assert "account alice dropped" in str(step.changes[0])
    run(village, "UPDATE account_table SET pass='another' WHERE name='bob'")
    assert any("bob" in line for line in village.engine.blame("bob", progress=progress).told())
