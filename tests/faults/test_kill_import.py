"""kill -9 while old backups are adopted: what was adopted is whole, and the next run adopts the rest, once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import load
from bot.wiring import build_engine
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.conftest import require
from tests.core.operations.old_backups import OldBackups
from tests.faults.killing import kill_points

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

CALLS = ("fsync", "linkat")  # each moment at which something more is there than before
CONTENTS = [(VECTORS / name).read_bytes() for name in ("before.db", "after.db")]


def test_a_kill_anywhere_leaves_whole_snapshots_and_the_next_run_adopts_the_rest(tmp_path: Path) -> None:
    require("strace")
    host, old = Host(tmp_path), OldBackups(tmp_path / "backup")
    for day, content in enumerate(CONTENTS, 1):
        old.database(f"2025120{day}_020000", content)
    before = old.state()
    settings = load(tmp_path / "bot.toml")
    command = [sys.executable, "-m", "bot", "--config", str(tmp_path / "bot.toml"), "--quiet"]
    command += ["import", str(old.folder), "--yes"]

    def prepare() -> None:
        for name in ("state", "repository"):
            shutil.rmtree(tmp_path / name, ignore_errors=True)

    seen = set()
    for call, number in kill_points(command, prepare, calls=CALLS, stride=3):
        where = f"killed at {call} {number}"
        repository = build_engine(settings).repository
        contents = [repository.content(snapshot) for snapshot in repository.snapshots()]
        assert contents == CONTENTS[: len(contents)], where
        assert not repository.problems, where
        seen.add(len(contents))
        again = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert again.returncode == 0, (where, again.stderr)
        adopted = repository.snapshots()
        assert [repository.content(snapshot) for snapshot in adopted] == CONTENTS, where
        assert [snapshot.sequence for snapshot in adopted] == [1, 2], where
        assert [snapshot.taken_at.day for snapshot in adopted] == [1, 2], where
        assert not repository.problems, where
    assert seen >= {0, 1}
    assert old.state() == before
    assert host.database.read_bytes() == CONTENTS[0]
