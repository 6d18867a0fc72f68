"""A run that was killed is no obstacle and no secret: the next one records it and says so."""

import json
import signal
import subprocess
import sys

from core.lock import Lock
from tests.core.operations.world import World
from tests.fakes import RecordingProgress

HOLD = """\
import os, signal, sys
from pathlib import Path
from core.lock import Lock
with Lock(Path(sys.argv[1]), purpose="backup"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_run(world: World) -> None:
    world.state.mkdir(mode=0o700, exist_ok=True)
    done = subprocess.run([sys.executable, "-c", HOLD, str(world.state / "lock")], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL


def cleared(world: World) -> list[str]:
    journal = world.state / "audit.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    return [line["found"] for line in lines if line["event"] == "stale lock cleared"]


def test_a_backup_after_a_killed_run_says_so_once(world: World, progress: RecordingProgress) -> None:
    """In the audit trail and as a step; the run after it has nothing to tell."""
    killed_run(world)
    world.engine.back_up(reason="test", progress=progress)
    (found,) = cleared(world)
    assert "ended without a word (backup, pid " in found
    assert found in progress.steps
    world.engine.back_up(reason="test", progress=progress)
    assert len(cleared(world)) == 1
    assert progress.steps.count(found) == 1


def test_where_nobody_looks_on_it_is_recorded_all_the_same(world: World) -> None:
    """What runs at the start of the bot takes the same lock."""
    killed_run(world)
    assert any("ended without a word" in sentence for sentence in world.engine.tidy())
    assert len(cleared(world)) == 1
    with Lock(world.state / "lock", purpose="x") as lock:
        assert lock.stale == ""
