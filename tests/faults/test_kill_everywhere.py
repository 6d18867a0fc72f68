"""kill -9 at every write, flush, rename and link: nothing half is ever there, and the next run tells what it found."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from bot.config import load
from bot.wiring import build_engine
from core.control.process import lives
from core.crypto.age import generate_identity, write_identity
from core.formats.atheme import check, lookup, parse
from core.operations.engine import Engine
from core.registrations.wish import Target
from tests.conftest import require
from tests.faults.killing import kill_points

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

VECTORS = Path(__file__).parents[1] / "vectors" / "atheme"
BEFORE, AFTER = (VECTORS / "before.db").read_bytes(), (VECTORS / "after.db").read_bytes()

# A program that owns its database as services do: it writes the file whole when it is stopped.
DAEMON = """\
import os, signal, sys, time
database, pidfile = sys.argv[1:]
content = open(database, "rb").read()
if os.fork():
    os._exit(0)
os.setsid()
for descriptor in (0, 1, 2):
    os.close(descriptor)
def stop(*_):
    with open(database + ".new", "wb") as file:
        file.write(content)
    os.replace(database + ".new", database)
    os.unlink(pidfile)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
with open(pidfile, "w") as file:
    file.write(str(os.getpid()))
for _ in range(600):
    time.sleep(0.1)
"""


class World:
    """A folder with everything, that can be made anew before each run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "services.db"
        self.pidfile = folder / "services.pid"
        self.start = [sys.executable, "-S", str(folder / "daemon.py"), str(self.database), str(self.pidfile)]
        folder.mkdir(exist_ok=True)
        (folder / "daemon.py").write_text(DAEMON)
        identity, recipient = generate_identity()
        write_identity(folder / "host.key", identity)
        words = ", ".join(f'"{word}"' for word in self.start)
        (folder / "bot.toml").write_text(f"""\
state_dir = "{folder}/state"
network = {{ name = "N", host = "h" }}
keys = {{ recipients = ["{recipient}", "{generate_identity()[1]}"], identity = "{folder}/host.key" }}
storage.disk = {{ kind = "local", path = "{folder}/repository" }}
[sources.services]
kind = "atheme"
database = "{self.database}"
casemapping = "rfc1459"
control = {{ kind = "pidfile", pidfile = "{self.pidfile}", start = [{words}] }}
""")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", *words, "--config", str(self.folder / "bot.toml"), "--quiet"]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=False)

    def engine(self) -> Engine:
        """The next run: it knows nothing but what lies there."""
        return build_engine(load(self.folder / "bot.toml"))

    def pid(self) -> int | None:
        try:
            pid = int(self.pidfile.read_text())
        except (OSError, ValueError):
            return None
        return pid if lives(pid) else None

    def start_daemon(self) -> None:
        subprocess.run(self.start, check=True, timeout=20)
        _wait(lambda: self.pid() is not None)

    def stop_daemon(self) -> None:
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            _wait(lambda: not lives(pid))
        self.pidfile.unlink(missing_ok=True)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Quiet:
    def step(self, text: str) -> None:
        del text


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
    assert points > 5


def test_a_restore_that_is_killed_anywhere_leaves_a_whole_database_and_the_next_run_tells(tmp_path: Path) -> None:
    require("strace")
    world = World(tmp_path / "w")
    world.database.write_bytes(BEFORE)
    assert world.run("backup").returncode == 0
    shutil.copytree(world.folder / "state", tmp_path / "state")

    def prepare() -> None:
        world.stop_daemon()
        shutil.rmtree(world.folder / "state")
        shutil.copytree(tmp_path / "state", world.folder / "state")
        world.database.write_bytes(AFTER)
        world.start_daemon()

    old, points, told = sha256(AFTER).hexdigest(), 0, 0
    try:
        words = world.command("restore", "user", "alice", "--yes", "--json")
        for call, number in kill_points(words, prepare, stride=6):
            points += 1
            where = f"killed at {call} {number}"
            content = world.database.read_bytes()
            if sha256(content).hexdigest() != old:
                assert lookup(parse(content), b"alice", "rfc1459") == b"alice", where
                assert not check(content, casemapping="rfc1459")[1:], where  # the sample's own warning stays
            told += _settle(world, where)
    finally:
        world.stop_daemon()
    assert points > 3
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
