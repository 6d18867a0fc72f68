"""kill -9 at the calls of a whole recovery: the next `recover` goes on, and what comes of it is the same."""

import getpass
import shutil
from pathlib import Path

import pytest

from core.formats.atheme import parse
from core.operations.recovery.record import RecoveryFile
from tests.conftest import require
from tests.faults.striking import Striker
from tests.faults.world import BEFORE, World

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

TREES = """
owner = "{user}"
[sources.config]
kind = "files"
folder = "config"
root = "{folder}/etc"
[sources.users]
kind = "files"
folder = "users"
root = "{folder}/users"
"""
FILES = {"etc/ircd.conf": "me\n", "etc/modules/base.conf": "base\n", "users/alice": "hello\n"}


def files(folder: Path) -> dict[str, str]:
    found = [path for root in ("etc", "users") for path in (folder / root).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def test_a_recovery_that_is_killed_anywhere_goes_on(tmp_path: Path) -> None:
    """Everything is there in the end, once, and nothing beside it; services run on it."""
    require("strace")
    world = World(tmp_path / "w")
    config = world.folder / "bot.toml"
    config.write_text(config.read_text() + TREES.format(folder=world.folder, user=getpass.getuser()))
    for name, text in FILES.items():
        (world.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (world.folder / name).write_text(text)
    world.database.write_bytes(BEFORE)
    assert world.run("backup").returncode == 0
    words = world.command("recover", "--yes")[3:]
    points = resumed = 0
    with Striker(tmp_path) as striker:
        burn(world)
        for where in striker.killed(words, {"rename": 13, "fsync": 61}):
            points += 1
            record = RecoveryFile(world.folder / "state").read()
            if record is None or record.open:
                resumed += record is not None
                done = striker.run(words)
                assert done.code == 0, (where, done.said)
            last = RecoveryFile(world.folder / "state").read()
            assert last is not None, where
            assert last.end == "done", where
            assert files(world.folder) == FILES, where
            content = world.database.read_bytes()
            assert b"\nMU " in content, where
            assert len(parse(content).rows) > 100, where
            assert world.pid() is not None, where
            assert world.engine().interrupted() == (), where
            burn(world)
    assert points > 6
    assert resumed > 3


def burn(world: World) -> None:
    """An empty host again."""
    world.stop_daemon()
    for name in ("etc", "users", "state"):
        shutil.rmtree(world.folder / name, ignore_errors=True)
    for path in world.folder.glob("*services.db*"):
        path.unlink()
