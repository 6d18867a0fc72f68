"""kill -9 while a restore is taken back: the database is whole, before or after, and the next run tells which."""

import json
from collections import Counter
from pathlib import Path

import pytest

from core.domain.errors import PlanBlocked
from core.operations.engine import Engine
from tests.conftest import require
from tests.faults.killing import kill_points
from tests.faults.world import AFTER, BEFORE, Quiet, World

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

# All renames, some flushes and writes: what lies between two of them is the same to the next run.
MATRIX = (("rename", 1), ("fsync", 5), ("write", 23))


def test_an_undo_that_is_killed_anywhere_leaves_a_whole_database_and_the_next_run_tells(tmp_path: Path) -> None:
    """It is undone or it is not, the file and the record agree on that, and what is not undone can be undone still."""
    require("strace")
    world = World(tmp_path / "w")
    code, restored = _restored(world)
    world.keep()
    command = world.command("undo", code, "--yes")
    ends: Counter[tuple[str, bool]] = Counter()
    try:
        for call, stride in MATRIX:
            for point in kill_points(command, lambda: world.again(restored), calls=[call], stride=stride):
                assert world.database.read_bytes() in (restored, AFTER), point
                told = _settle(world, point)
                undone = world.database.read_bytes() == AFTER
                assert _is_undone(world.engine(), code) == undone, point
                ends[told, undone] += 1
    finally:
        world.stop_daemon()
    # The matrix must have hit each kind of moment: before anything, while services are down, behind the rename.
    assert {undone for told, undone in ends if not told} == {True, False}, ends
    assert {"whole and as it was before", "whole and has what was restored"} <= {told for told, _ in ends}, ends


def _restored(world: World) -> tuple[str, bytes]:
    """Alice was lost and is back: the code of that restore, and the database with her."""
    world.database.write_bytes(BEFORE)
    assert world.run("backup").returncode == 0
    world.database.write_bytes(AFTER)
    world.start_daemon()
    done = world.run("restore", "user", "alice", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["id"], world.database.read_bytes()


def _settle(world: World, point: tuple[str, int]) -> str:
    """What the next run says of the database, if it has something to say; settling ends the matter."""
    engine = world.engine()
    items = engine.interrupted()
    for item in items:
        assert any(item.record.id in trouble for trouble in engine.status().troubles), point
        engine.settle(item.record.id)
    assert engine.interrupted() == (), point
    assert world.pid() is not None, point
    return "".join(str(item).partition("the database is ")[2].partition(";")[0] for item in items)


def _is_undone(engine: Engine, code: str) -> bool:
    """What the records say; where it is not undone, it can be."""
    try:
        plan = engine.plan_undo(code, progress=Quiet())
    except PlanBlocked as refusal:
        if "was undone already" not in str(refusal):
            raise
        return True
    assert plan.blocked == ""
    return False
