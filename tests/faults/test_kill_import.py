"""kill -9 while old backups are adopted: what was adopted is whole, and the next run adopts the rest, once."""

import gzip
import shutil
import sys
from pathlib import Path

import pytest

from bot.config import load
from bot.wiring import build_engine
from core.domain.snapshot import Snapshot
from core.repository.repository import Repository
from core.repository.tree_reading import TreeReading
from tests import warm
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.conftest import require
from tests.core.operations.old_backups import OldBackups
from tests.fakes import RecordingProgress
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
    for call, number in kill_points(command, prepare, calls=CALLS, stride=6):
        where = f"killed at {call} {number}"
        repository = build_engine(settings).repository
        contents = [repository.content(snapshot) for snapshot in repository.snapshots()]
        assert contents == CONTENTS[: len(contents)], where
        assert not repository.problems, where
        seen.add(len(contents))
        again = warm.run(*command[3:])
        assert again.code == 0, (where, again.err)
        adopted = repository.snapshots()
        assert [repository.content(snapshot) for snapshot in adopted] == CONTENTS, where
        assert [snapshot.sequence for snapshot in adopted] == [1, 2], where
        assert [snapshot.taken_at.day for snapshot in adopted] == [1, 2], where
        assert not repository.problems, where
    assert seen >= {0, 1}
    assert old.state() == before
    assert host.database.read_bytes() == CONTENTS[0]


def test_a_kill_anywhere_leaves_whole_trees_and_nothing_of_their_plain_bytes(tmp_path: Path) -> None:
    """Twice: the run that was killed, and the next one, which adopts the rest."""
    require("strace")
    Host(tmp_path)
    old = OldBackups(tmp_path / "backup")
    for day in (1, 2):
        archive = old.archive("config", f"2025120{day}_020000")
        content = gzip.decompress(archive.read_bytes())
        archive.write_bytes(gzip.compress(content.replace(b"a key", b"key %d" % day), mtime=0))
    settings = load(tmp_path / "bot.toml")
    command = [sys.executable, "-m", "bot", "--config", str(tmp_path / "bot.toml"), "--quiet"]
    command += ["import", str(old.folder), "--yes"]

    def prepare() -> None:
        for name in ("state", "repository"):
            shutil.rmtree(tmp_path / name, ignore_errors=True)

    seen = set()
    for call, number in kill_points(command, prepare, calls=CALLS, stride=10):
        where = f"killed at {call} {number}"
        left = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "backup" not in path.parts]
        assert not any(b"key 1\n" in content or b"key 2\n" in content for content in left), where
        repository = build_engine(settings).repository
        keys = [_keys(snapshot, repository, tmp_path) for snapshot in repository.snapshots()]
        assert keys == [b"key 1\n", b"key 2\n"][: len(keys)], where
        seen.add(len(keys))
        again = warm.run(*command[3:])
        assert again.code == 0, (where, again.err)
        adopted = repository.snapshots()
        assert [_keys(snapshot, repository, tmp_path) for snapshot in adopted] == [b"key 1\n", b"key 2\n"], where
        assert not repository.problems, where
        build_engine(settings).tidy()
        assert list((tmp_path / "state").glob(".*.tmp")) == [], where
    assert seen >= {0, 1}


def _keys(snapshot: Snapshot, repository: Repository, folder: Path) -> bytes:
    target = folder / "looked-at"
    TreeReading(repository, folder).restore(snapshot, target, progress=RecordingProgress())
    content = (target / "conf" / "server.key").read_bytes()
    shutil.rmtree(target)
    return content
