"""This program as one of those that are compared: its configuration, and its own verbs for the same work."""

import json
import sys
from pathlib import Path
from typing import ClassVar, Literal

from benchmarks.launcher import Order
from benchmarks.programs import OURS, answer
from benchmarks.town import make_town
from core.crypto.age import generate_identity, write_identity
from core.crypto.signing import generate_signing_key, write_signing_key

Kind = Literal["atheme", "files"]
_PROGRAM = str(Path(sys.executable).with_name("backupserv"))
_SOURCES = {
    "atheme": """\
[sources.services]
kind = "atheme"
database = "{watched}"
casemapping = "rfc1459"
control = {{ kind = "none" }}
""",
    "files": """\
[sources.services]
kind = "atheme"
database = "{folder}/services.db"
casemapping = "rfc1459"
control = {{ kind = "none" }}
[sources.logs]
kind = "files"
folder = "logs"
root = "{watched}"
""",
}


_SMALL = make_town(10).render()  # there is no network without services: a tree is saved beside a database


class Ours:
    """backupserv, sealed to a host's key and a recovery key, with local storage."""

    name = OURS
    version_words: ClassVar = [_PROGRAM, "--version"]

    def __init__(self, folder: Path, watched: Path, kind: Kind = "atheme") -> None:
        self._folder = folder
        self.watched = watched
        self.kind = kind
        self.config = folder / "bot.toml"
        self.repository = folder / "repository"

    def set_up(self) -> None:
        """See the protocol."""
        self._folder.mkdir()
        identity, host = generate_identity()
        _, recovery = generate_identity()
        write_identity(self._folder / "host.key", identity)
        secret, _ = generate_signing_key()
        write_signing_key(self._folder / "signing.key", secret)
        (self._folder / "services.db").write_bytes(_SMALL)
        self.config.write_text(f"""\
state_dir = "{self._folder}/state"
network = {{ name = "BenchNet", host = "bench" }}
keys.recipients = ["{host}", "{recovery}"]
keys.identity = "{self._folder}/host.key"
keys.signing = "{self._folder}/signing.key"
storage.disk = {{ kind = "local", path = "{self.repository}" }}
{_SOURCES[self.kind].format(watched=self.watched, folder=self._folder)}""")

    def save(self) -> Order:
        """See the protocol."""
        return self._order("backup")

    def restore_newest(self, into: Path) -> Order:
        """See the protocol."""
        return self._order("extract", "latest", "--to", str(into))

    def one_account(self, name: str, number: int) -> Order:
        """See the protocol."""
        listed = json.loads(answer([*self._order("snapshots").commands[0], "--json"]))
        chosen = next(one["id"] for one in listed if one["sequence"] == number)
        return self._order("export", name, "--from", chosen, "--json")

    def verify_contents(self) -> Order:
        """See the protocol."""
        return self._order("verify", "all", "--level", "2")

    def verify_bytes(self) -> Order:
        """See the protocol."""
        return self._order("verify", "all", "--level", "1")

    def _order(self, *words: str) -> Order:
        return Order(commands=[[_PROGRAM, "--config", str(self.config), "--quiet", *words]], folder=str(self._folder))
