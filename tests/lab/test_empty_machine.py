"""A new empty machine with only the bucket, its credentials and the recovery key: everything comes back."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.s3.fixture import Shop, radosgw_place, radosgw_shop

__all__ = ["radosgw_place", "radosgw_shop"]

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "atheme"
FILES = {"unrealircd.conf": "me { name irc.example; }\n" * 50, "tls/notes.txt": "renewed in May\n", "empty": ""}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A folder that stands for a host: its own configuration, state and files, and a process for every command."""

    folder: Path

    def run(self, *words: str, code: int = 0) -> str:
        """What a person would type there."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words, "--config", str(self.folder / "bot.toml"), "--quiet"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env=dict(os.environ) | {"PYTHONPATH": str(ROOT), "HOME": str(self.folder)},
            timeout=120,
            check=False,
        )
        assert done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def configure(self, keys: str, storage: str) -> None:
        """A configuration; the first storage is the repository."""
        (self.folder / "bot.toml").write_text(f"""\
state_dir = "{self.folder}/state"
network = {{ name = "ExampleNet", host = "services1" }}
{storage}
[keys]
{keys}
[sources.services]
kind = "atheme"
database = "{self.folder}/services.db"
casemapping = "rfc1459"
control = {{ kind = "none" }}
[sources.config]
kind = "files"
folder = "config"
root = "{self.folder}/etc"
paths = ["."]
""")


def bucket(shop: Shop, prefix: str, folder: Path) -> str:
    """The bucket, and files with its credentials: all that a new machine needs of the old one, but for one key."""
    for name, secret in (("s3.access", shop.place.key), ("s3.secret", shop.place.secret)):
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
    return f"""\
[storage.bucket]
kind = "s3"
bucket = "{shop.bucket}"
prefix = "{prefix}"
endpoint = "{shop.place.endpoint}"
addressing = "path"
ca_file = "{shop.place.ca}"
access_key = {{ file = "{folder}/s3.access" }}
secret_key = {{ file = "{folder}/s3.secret" }}
"""


def saved(number: int) -> bytes:
    """The database after `number` changes of one row."""
    before = (VECTORS / "before.db").read_bytes()
    return before.replace(b"https://alice.example.net/", b"https://alice.example.net/%d" % number)


@pytest.fixture
def lost(radosgw_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A host that made four snapshots and is gone with its disk: the folder in the bucket, and the recovery key."""
    machine = Machine(folder=tmp_path_factory.mktemp("old"))
    machine.run("init", "--output", "bot.toml", "--state", "state", "--root", str(machine.folder))
    made = tomllib.loads((machine.folder / "bot.toml").read_text())["keys"]
    recovery = (machine.folder / "state" / "recovery.key").read_text()
    (machine.folder / "state" / "recovery.key").unlink()
    prefix = f"lost-{machine.folder.name}"
    machine.configure(
        f"recipients = {made['recipients']}\nidentity = '{made['identity']}'\n"
        f"signing = '{made['signing']}'\ntrusted = {made['trusted']}",
        f'storage.disk = {{ kind = "local", path = "{machine.folder}/disk" }}\n'
        + bucket(radosgw_shop, prefix, machine.folder),
    )
    for name, text in FILES.items():
        (machine.folder / "etc" / name).parent.mkdir(parents=True, exist_ok=True)
        (machine.folder / "etc" / name).write_text(text)
    for number in range(4):
        (machine.folder / "services.db").write_bytes(saved(number))
        machine.run("backup", *(["--no-sync"] if number % 2 else []))
    assert "1 snapshot copied to bucket" in machine.run("sync")
    assert "up to date" in machine.run("status")
    shutil.rmtree(machine.folder)
    return prefix, recovery


@pytest.fixture
def machine(tmp_path: Path, radosgw_shop: Shop, lost: tuple[str, str]) -> Machine:
    """A new one, that knows the bucket and has the recovery key from paper."""
    prefix, recovery = lost
    new = Machine(folder=tmp_path)
    (tmp_path / "recovery.key").write_text(recovery)
    (tmp_path / "recovery.key").chmod(0o600)
    own = new.run("keygen", "--output", "host.key").strip()  # what is made here is sealed to two, as everywhere
    keys = f'recipients = ["{own}", "{on_paper(new, "recipient")}"]\nidentity = "{tmp_path}/recovery.key"'
    new.configure(keys, bucket(radosgw_shop, prefix, tmp_path))
    return new


def on_paper(machine: Machine, word: str) -> str:
    """What the recovery key's file says beside the key."""
    found = re.search(rf"^# {word}: (.+)$", (machine.folder / "recovery.key").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_everything_comes_back(machine: Machine) -> None:
    """The list, the newest database, an old one, the files, and one account into the database of today."""
    listed = machine.run("snapshots").splitlines()
    assert len(listed) == 5, listed
    assert sum("services" in line for line in listed) == 4
    second = [line.split()[0] for line in listed if "services" in line][2]
    machine.run("extract", second, "--to", "old")
    assert [path.read_bytes() for path in (machine.folder / "old").rglob("*") if path.is_file()] == [saved(1)]
    machine.run("extract", "latest", "--source", "config", "--to", "conf")
    found = {path.name: path.read_text() for path in (machine.folder / "conf").rglob("*") if path.is_file()}
    assert found == {Path(name).name: text for name, text in FILES.items()}
    shutil.copy(VECTORS / "after.db", machine.folder / "services.db")
    assert "alice is back" in machine.run("restore", "user", "alice", "--yes")
    assert b"MDU alice url https://alice.example.net/3" in (machine.folder / "services.db").read_bytes()
    goes_on(machine)


def goes_on(machine: Machine) -> None:
    """It trusts the signing key on the paper, and signs with its own: nothing looks lost or forged."""
    config = machine.folder / "bot.toml"
    keys = [machine.run("keygen", "--signing", "--output", "signing.key").strip(), on_paper(machine, "signing key")]
    more = f'[keys]\nsigning = "{machine.folder}/signing.key"\ntrusted = {keys}\n'
    text = config.read_text().replace("[keys]\n", more)
    config.write_text(text)
    for name, text in FILES.items():
        (machine.folder / "etc" / name).parent.mkdir(parents=True, exist_ok=True)
        (machine.folder / "etc" / name).write_text(f"{text}# on the new machine\n")
    assert "new" in machine.run("backup")
    listed = machine.run("snapshots")
    assert "!" not in listed
    assert listed.count("services") == 5
    assert machine.run("verify", "all").startswith("7 of 7 snapshots are good")
