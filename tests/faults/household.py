"""A network on one host, with everything that comes back as a whole, and small real programs that live on it.

Services and the IRCd read their file when they start and write it whole when they are stopped. Who is told to read
anew copies what it then serves to a file: so a test sees what a program lives on.
"""

import shutil
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from core.crypto.age import generate_identity, write_identity
from core.operations.restore_record import RestoreFolder
from tests.core.certificates.pki import server
from tests.core.operations.things.grove import Looks, looks, plant
from tests.core.operations.things.spoiling import replant, spoil
from tests.faults.world import AFTER, BEFORE, DAEMON, Program

TREES = ("conf", "tls", "ircd", "users")
_KEPT = ("state", "repository", "spare")
_SERVES = {"conf": ("main.conf", "conf.d/opers.conf"), "tls": ("fullchain.pem", "privkey.pem")}
_RELOAD = '#!/bin/sh\ncd "$1" || exit 1\nserves=$2\nshift 2\ncat "$@" 2>/dev/null >"$serves"\nexit 0\n'
_STATUS = '#!/bin/sh\nkill -0 "$(cat "$1" 2>/dev/null)" 2>/dev/null || exit 3\n'
_STOP = '#!/bin/sh\nkill -TERM "$(cat "$1")"\n'


class Household:
    """Everything lies in one folder; `keep` and `again` make it as it was, as often as wanted."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.database, self.state = folder, folder / "services.db", folder / "state"
        self.programs = (
            Program(folder, "services", self.database),
            Program(folder, "ircd", folder / "ircd" / "ban.db"),
        )
        for name, content in {"daemon.py": DAEMON, "reload": _RELOAD, "status": _STATUS, "stop": _STOP}.items():
            (folder / name).write_text(content)
            (folder / name).chmod(0o755)
        (folder / "spare").mkdir()
        identity, recipient = generate_identity()
        write_identity(folder / "host.key", identity)
        (folder / "bot.toml").write_text(self._settings(recipient, generate_identity()[1]))
        now = datetime.now(UTC)
        self._pairs = (server(days=90, now=now), server(days=60, now=now))

    def _settings(self, *recipients: str) -> str:
        folder, (services, ircd) = self.folder, self.programs
        reload = {
            name: [str(folder / "reload"), str(folder / name), str(folder / f"{name}.served"), *served]
            for name, served in _SERVES.items()
        }
        return f"""\
state_dir = "{self.state}"
network = {{ name = "N", host = "h" }}
keys = {{ recipients = {list(recipients)}, identity = "{folder}/host.key" }}
storage.disk = {{ kind = "local", path = "{folder}/repository" }}
standby.spare = {{ kind = "local", path = "{folder}/spare/services.db" }}
[sources.services]
kind = "atheme"
database = "{self.database}"
casemapping = "rfc1459"
control = {{ kind = "pidfile", pidfile = "{services.pidfile}", start = {services.start_words} }}
[sources.config]
kind = "files"
folder = "config"
root = "{folder}/conf"
reload = {{ kind = "command", test = ["true"], config = {reload["conf"]} }}
[sources.certificates]
kind = "tls"
root = "{folder}/tls"
reload = {{ kind = "command", config = {reload["tls"]} }}
[sources.ircd]
kind = "files"
folder = "ircd"
root = "{folder}/ircd"
[sources.ircd.control]
kind = "command"
start = {ircd.start_words}
stop = ["{folder}/stop", "{ircd.pidfile}"]
status = ["{folder}/status", "{ircd.pidfile}"]
[sources.users]
kind = "files"
folder = "users"
root = "{folder}/users"
"""

    def words(self, *words: str) -> list[str]:
        """A command line of ours."""
        return [*words, "--config", str(self.folder / "bot.toml"), "--quiet"]

    def plant(self, number: int) -> None:
        """The world as it was saved (0), or as somebody spoiled it (1). Whoever lives on it must be down."""
        self.database.write_bytes((BEFORE, AFTER)[number])
        for tree in ("conf", "users"):
            replant(self.folder / tree, plant)
            if number:
                spoil(self.folder / tree)
                (self.folder / tree / "conf.d" / "opers.conf").write_text("oper mallory { }\n")
        for tree in ("tls", "ircd"):
            shutil.rmtree(self.folder / tree, ignore_errors=True)
            (self.folder / tree).mkdir()
        self._write("tls/fullchain.pem", self._pairs[number].chain)
        self._write("tls/privkey.pem", self._pairs[number].key_pem)
        self._write("ircd/ban.db", (b"some bans\n", b"no bans\n")[number], 0o644)  # as its program writes it
        self._write("ircd/history", (b"said\n" * 9, b"")[number])

    def _write(self, path: str, content: bytes, mode: int = 0o600) -> None:
        (self.folder / path).write_bytes(content)
        (self.folder / path).chmod(mode)

    def live(self) -> None:
        """Everybody lives on what is there."""
        for program in self.programs:
            program.start()
        for tree in _SERVES:
            (self.folder / f"{tree}.served").write_bytes(self._would_serve(tree))

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        for program in self.programs:
            program.end(number)

    def _would_serve(self, tree: str) -> bytes:
        paths = [self.folder / tree / path for path in _SERVES[tree]]
        return b"".join(path.read_bytes() for path in paths if path.exists())

    def must_be_lived_on(self) -> None:
        """Who runs and who was told live on what lies there: it is the same after they have written at their end."""
        before = self.looks()
        for tree in _SERVES:
            assert (self.folder / f"{tree}.served").read_bytes() == self._would_serve(tree), f"{tree} was not told"
        for program in self.programs:
            assert program.pid() is not None, f"{program.pidfile.name} does not run"
        self.end(signal.SIGTERM)
        assert self.looks() == before, "a program lived on something else"
        for program in self.programs:
            program.start()

    def looks(self) -> Looks:
        """All that is saved, as it lies there; what is staged beside it too."""
        found: Looks = {"services.db": (self.database.read_bytes(),)}
        for tree in TREES:
            found |= {f"{tree}/{path}": look for path, look in looks(self.folder / tree).items()}
        return found

    def keep(self) -> None:
        """What `again` brings back: everything, but not who runs."""
        self._kept.mkdir()
        self._copy(self.folder, self._kept)

    def again(self) -> None:
        """Everything as it was kept, and everybody lives on it."""
        self.end()
        for name in (*_KEPT, *TREES):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self._copy(self._kept, self.folder)
        self.live()

    @property
    def _kept(self) -> Path:
        return self.folder.with_name("kept")

    @staticmethod
    def _copy(one: Path, other: Path) -> None:
        names = [one / name for name in (*_KEPT, *TREES, "services.db")]
        words = ["cp", "-a", "--", *map(str, names), str(other)]  # `copytree` would make two files of two names
        subprocess.run(words, check=True, timeout=60)

    def open_ids(self) -> list[str]:
        """Restores that were cut short."""
        return [record.id for record in RestoreFolder(self.state).unfinished()]
