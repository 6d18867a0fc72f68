"""The command line at 3 a.m.: every mistake is one clear sentence with its path and the next step; nothing is lost."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.main import main
from core.crypto.age import generate_identity, write_identity
from core.lock import Lock
from tests import warm
from tests.machine import NOBODY, open_folder, unprivileged

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: another user, and a small file system")


class Host:
    """A host with a database, keys and a configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "services.db"
        self.key = folder / "host.key"
        shutil.copy(VECTORS / "before.db", self.database)
        identity, recipient = generate_identity()
        write_identity(self.key, identity)
        (folder / "bot.toml").write_text(f"""\
state_dir = "{folder}/state"
network = {{ name = "N", host = "h" }}
keys = {{ recipients = ["{recipient}", "{generate_identity()[1]}"], identity = "{self.key}" }}
storage.disk = {{ kind = "local", path = "{folder}/repository" }}
[sources.services]
kind = "atheme"
database = "{self.database}"
casemapping = "rfc1459"
control = {{ kind = "none" }}
""")

    def run(self, *words: str, code: int = 0) -> str:
        done = warm.run("--config", str(self.folder / "bot.toml"), "--quiet", *words)
        assert done.code == code, f"exit {done.code}: {done.out}{done.err}"
        assert "Traceback" not in done.err
        return done.out + done.err

    def files(self) -> set[str]:
        repository = self.folder / "repository"
        return {str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file()}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_the_bot_runs_once_over_one_state_directory(host: Host) -> None:
    """Two of them would do each job of the schedule twice, and answer each command twice."""
    assert "the bot needs an [irc]" in host.run("run", code=2)
    with Lock(host.folder / "state" / "bot.lock", purpose="the bot"):
        assert "another run is at work (the bot, pid " in host.run("run", code=7)
    (host.folder / "state" / "bot.lock").unlink()
    (host.folder / "state" / "bot.lock").mkdir()
    assert "the bot needs an [irc]" in host.run("run", code=2), "a disk of which it would tell does not stop it"


def test_the_whole_round_without_irc(host: Host) -> None:
    assert "7 accounts" in host.run("backup")
    assert "is good (level 3 of 3, on disk)" in host.run("verify")
    shutil.copy(VECTORS / "after.db", host.database)
    assert "founder of #alpha" in host.run("restore", "user", "alice", "--dry-run")
    assert host.database.read_bytes() == (VECTORS / "after.db").read_bytes()
    assert "alice is back" in host.run("restore", "user", "alice", "--yes")
    assert b"MN alice alice_alt" in host.database.read_bytes()


def test_nothing_is_done_where_nobody_agreed(host: Host) -> None:
    host.run("backup")
    shutil.copy(VECTORS / "after.db", host.database)
    assert "--yes" in host.run("restore", "user", "alice", code=3)
    assert host.database.read_bytes() == (VECTORS / "after.db").read_bytes()


def test_machines_get_one_json_document(host: Host) -> None:
    assert json.loads(host.run("backup", "--json"))[0]["new"] is True
    assert json.loads(host.run("snapshots", "--json"))[0]["counts"]["accounts"] == 7
    assert json.loads(host.run("verify", "--json"))["verdict"] == "proven"
    assert json.loads(host.run("status", "--json", code=0))["ok"] is True
    assert "is in none of 1 snapshots" in json.loads(host.run("restore", "user", "nobody", "--json", code=4))["error"]


def test_a_key_that_others_can_read_is_refused_with_the_command_that_mends_it(host: Host) -> None:
    host.run("backup")
    host.key.chmod(0o644)
    assert f"chmod 600 {host.key}" in host.run("verify", code=6) + host.run("check", code=1)


def test_a_missing_database_is_named(host: Host) -> None:
    host.run("backup")
    before = host.files()
    host.database.unlink()
    assert f"{host.database} does not exist" in host.run("backup", code=6)
    assert host.files() == before
    told = host.run("check", "--no-irc", code=1)
    assert told.count(f"{host.database} does not exist") == 2
    assert "failed inside" not in told


@root_only
def test_an_unreadable_database_is_named_with_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    """In this process, since the interpreter itself may be out of another user's reach."""
    with open_folder() as folder:
        host = Host(folder)
        words = ["--config", str(folder / "bot.toml"), "--quiet", "backup"]
        assert main(words) == 0  # everything is imported now
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        os.chown(host.database, 0, 0)
        host.database.chmod(0o600)
        with unprivileged():
            assert main(words) == 6
        told = capsys.readouterr().err
        assert str(host.database) in told
        assert str(NOBODY) in told


@pytest.fixture
def small_disk(host: Host) -> Iterator[Path]:
    """The repository on a file system of 64 KiB."""
    place = host.folder / "repository"
    place.mkdir(mode=0o700)
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", place], check=True)
    yield place
    subprocess.run(["/bin/umount", "-l", place], check=True)


@root_only
def test_a_full_disk_loses_nothing(host: Host, small_disk: Path) -> None:
    host.run("backup")
    before = host.files()
    (small_disk / "filler").write_bytes(b"x" * (small_disk_free(small_disk)))
    with host.database.open("ab") as file:
        file.write(b"CFCHAN #more 1795396580 0 \n")
    told = host.run("backup", code=1)
    assert "no space" in told.lower() or "full" in told.lower()
    assert str(small_disk) in told
    (small_disk / "filler").unlink()
    assert host.files() == before
    host.run("verify")
    assert len(json.loads(host.run("snapshots", "--json"))) == 1


def small_disk_free(place: Path) -> int:
    system = os.statvfs(place)
    return system.f_bavail * system.f_frsize


def test_a_configuration_that_is_not_there_names_the_way_to_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "status", "--config", str(tmp_path / "no.toml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "backupserv init" in done.stderr


def test_version_and_help_import_nothing_that_is_slow() -> None:
    program = "import sys; from bot.cli.main import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert not {"pydantic", "irc", "pyrage", "rich", "cryptography"} & set(done.stdout.split())


def test_init_writes_a_configuration_and_never_over_another(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "bot",
        "init",
        "--output",
        str(tmp_path / "bot.toml"),
        "--state",
        str(tmp_path / "state"),
    ]
    (tmp_path / "etc" / "atheme").mkdir(parents=True)
    (tmp_path / "etc" / "atheme" / "atheme.conf").write_text("serverinfo { casemapping = ascii; };\n")
    words += ["--root", str(tmp_path)]
    first = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert first.returncode == 0, first.stderr
    assert "casemapping ascii" in first.stdout
    assert "OFF THIS HOST" in first.stdout
    assert "AGE-SECRET-KEY" not in first.stdout + (tmp_path / "bot.toml").read_text()
    assert f'config = "{tmp_path}/etc/atheme/atheme.conf"' in (tmp_path / "bot.toml").read_text()
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "bot.toml", *(tmp_path / "state").iterdir())}
    assert modes == {0o600}
    second = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 3
    assert "exists" in second.stderr
