"""kill -9 at every write, flush, rename and link: nothing half is ever there, and the next run tells what it found."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from core.formats.atheme import check, lookup, parse
from core.registrations.wish import Target
from tests.conftest import require
from tests.faults.killing import kill_points
from tests.faults.world import AFTER, BEFORE, Quiet, World

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]


def test_a_backup_that_is_killed_anywhere_leaves_no_half_snapshot(tmp_path: Path) -> None:
    require("strace")
    world = World(tmp_path / "w")

    def prepare() -> None:
        for name in ("repository", "state"):
            shutil.rmtree(world.folder / name, ignore_errors=True)
        world.database.write_bytes(BEFORE)

    points = 0
    for call, number in kill_points(world.command("backup"), prepare, stride=2):
        points += 1
        where = f"killed at {call} {number}"
        engine = world.engine()
        for snapshot in engine.snapshots():
            assert engine.verify(snapshot.id, progress=Quiet()).verdict == "proven", where
        engine.back_up(reason="again", progress=Quiet())
        assert engine.verify("latest", progress=Quiet()).verdict == "proven", where
        assert world.database.read_bytes() == BEFORE, where
    assert points > 10


def test_a_restore_that_is_killed_anywhere_leaves_a_whole_database_and_the_next_run_tells(tmp_path: Path) -> None:
    require("strace")
    world = World(tmp_path / "w")
    world.database.write_bytes(BEFORE)
    assert world.run("backup").returncode == 0
    world.keep()
    old, points, told = sha256(AFTER).hexdigest(), 0, 0
    try:
        words = world.command("restore", "user", "alice", "--yes", "--json")
        for call, number in kill_points(words, lambda: world.again(AFTER), stride=6):
            points += 1
            where = f"killed at {call} {number}"
            content = world.database.read_bytes()
            if sha256(content).hexdigest() != old:
                assert lookup(parse(content), b"alice", "rfc1459") == b"alice", where
                assert not check(content, casemapping="rfc1459")[1:], where  # the sample's own warning stays
            told += _settle(world, where)
    finally:
        world.stop_daemon()
    assert points > 6
    assert told > 1


def _settle(world: World, where: str) -> int:
    """What the next run says, and that the command which it names ends the matter. Returns how many it told of."""
    engine = world.engine()
    items = engine.interrupted()
    for item in items:
        assert any(item.record.id in trouble for trouble in engine.status().troubles), where
        engine.settle(item.record.id)
        assert world.pid() is not None, where
    assert engine.interrupted() == (), where
    plan = engine.plan_restore(Target(kind="account", name="alice"), progress=Quiet())
    if not plan.blocked:
        engine.restore(plan, by="the next run", progress=Quiet())
    assert lookup(parse(world.database.read_bytes()), b"alice", "rfc1459") == b"alice", where
    return len(items)
