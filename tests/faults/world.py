"""A network of one program on one host, that can be made as it was before each run."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from bot.config import load
from bot.wiring import build_engine
from core.control.process import lives
from core.crypto.age import generate_identity, write_identity
from core.operations.engine import Engine
from tests.machine import until

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


class Program:
    """One of those that own a file."""

    def __init__(self, folder: Path, name: str, file: Path) -> None:
        self.pidfile = folder / f"{name}.pid"
        self.start_words = [sys.executable, "-S", str(folder / "daemon.py"), str(file), str(self.pidfile)]

    def pid(self) -> int | None:
        try:
            pid = int(self.pidfile.read_text())
        except (OSError, ValueError):
            return None
        return pid if lives(pid) else None

    def start(self) -> None:
        subprocess.run(self.start_words, check=True, timeout=20)
        until(lambda: self.pid() is not None, "it runs")

    def end(self, number: signal.Signals) -> None:
        """SIGTERM: it writes what it lives on; SIGKILL: it does not."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, number)
            until(lambda: not lives(pid), "it is gone")
        self.pidfile.unlink(missing_ok=True)


class World:
    """A folder with everything, that can be made anew before each run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept = folder.with_name(f"{folder.name}-kept")
        self.database = folder / "services.db"
        self.services = Program(folder, "services", self.database)
        folder.mkdir(exist_ok=True)
        (folder / "daemon.py").write_text(DAEMON)
        identity, recipient = generate_identity()
        write_identity(folder / "host.key", identity)
        words = ", ".join(f'"{word}"' for word in self.services.start_words)
        (folder / "bot.toml").write_text(f"""\
state_dir = "{folder}/state"
network = {{ name = "N", host = "h" }}
keys = {{ recipients = ["{recipient}", "{generate_identity()[1]}"], identity = "{folder}/host.key" }}
storage.disk = {{ kind = "local", path = "{folder}/repository" }}
[sources.services]
kind = "atheme"
database = "{self.database}"
casemapping = "rfc1459"
control = {{ kind = "pidfile", pidfile = "{self.services.pidfile}", start = [{words}] }}
""")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", *words, "--config", str(self.folder / "bot.toml"), "--quiet"]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=False)

    def engine(self) -> Engine:
        """The next run: it knows nothing but what lies there."""
        return build_engine(load(self.folder / "bot.toml"))

    def pid(self) -> int | None:
        return self.services.pid()

    def start_daemon(self) -> None:
        self.services.start()

    def stop_daemon(self) -> None:
        self.services.end(signal.SIGKILL)

    def keep(self) -> None:
        """What the bot knows now is what `again` brings back."""
        shutil.copytree(self.folder / "state", self._kept)

    def forget(self) -> None:
        """The bot knows what it knew then."""
        shutil.rmtree(self.folder / "state")
        shutil.copytree(self._kept, self.folder / "state")

    def again(self, content: bytes) -> None:
        """As it was then, and services live on this."""
        self.stop_daemon()
        self.forget()
        self.database.write_bytes(content)
        self.start_daemon()


class Quiet:
    def step(self, text: str) -> None:
        del text
