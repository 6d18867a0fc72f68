"""A standby of real services: they are killed and their database is gone, and people identify again on the standby."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.test_replicas import sftp_settings
from tests.lab.bot import backupserv, running_bot, write_config
from tests.lab.network import Lab
from tests.lab.opers import admin, agree, planned, tell
from tests.lab.people import come, register, wait_for_services
from tests.lab.ssh import SshServer
from tests.machine import until

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the standby is kept."""
    (tmp_path / "standby").mkdir()
    return tmp_path / "standby" / "services.db"


@pytest.fixture
def config(town: Lab, tmp_path: Path, sshd: SshServer, place: Path) -> Iterator[Path]:
    """The bot's, with a standby on an SSH server."""
    path = write_config(town, tmp_path, ask='kind = "none"')
    there = sftp_settings(sshd, place)
    lines = [f'{key} = "{getattr(there, key)}"' for key in ("kind", "host", "user", "path", "key_file", "known_hosts")]
    table = "\n".join(["[standby.b]", *lines, f"port = {there.port}", ""])
    path.write_text(path.read_text() + table)
    town.start_services()
    yield path
    town.start_services()


def run(config: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        backupserv(*words, "--config", str(config), "--quiet"), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == code, done
    return done.stdout


def test_services_die_with_their_database_and_live_on_the_standby(town: Lab, config: Path, place: Path) -> None:
    """By two words on the command line; who registered after the standby was last reached is named as lost."""
    town.save()
    run(config, "backup")
    assert place.read_bytes() == town.database.read_bytes()
    assert re.search(r"standby b \ds behind", run(config, "status"))
    with come(town, "latecomer") as late:
        register(late)
    town.save()
    place.parent.rename(place.parent.with_name("away"))
    run(config, "backup")
    told = json.loads(run(config, "status", "--json", code=1))
    assert any("standby b is" in text and "there is no folder" in text for text in told["troubles"])
    place.parent.with_name("away").rename(place.parent)

    town.kill_services()
    town.database.unlink()
    said = run(config, "promote", "--yes")
    assert "latecomer" in next(line for line in said.splitlines() if "- goes: registered since" in line)
    assert "standby b is the live database" in said
    owner = town.data.stat()
    found = town.database.stat()
    assert (found.st_uid, found.st_gid) == (owner.st_uid, owner.st_gid)
    until(town.pidfile.exists, "services run")
    with come(town, "alice") as alice:
        alice.ask("NickServ", "IDENTIFY alice alice-password", "You are now identified")
    with come(town, "latecomer") as late:
        late.ask("NickServ", "INFO latecomer", "is not registered")
    run(config, "backup")
    assert re.search(r"standby b \ds behind", run(config, "status"))
    assert place.read_bytes() == town.database.read_bytes()


def test_opers_promote_it_in_the_channel_and_take_it_back(town: Lab, config: Path) -> None:
    """Two of them, while services live; what was registered since is back with the undo."""
    town.save()
    run(config, "backup")
    with running_bot(config):
        with admin(town) as root:
            tell(root, "!promote a b", "usage")
            with come(town, "meanwhile") as newcomer:
                register(newcomer)
            town.save()
            code = planned(root, "!promote b")
            assert "standby b is the live database" in agree(root, code)
            wait_for_services(root)
            root.ask("NickServ", "INFO meanwhile", "is not registered")
        time.sleep(1.1)  # servers tell since when somebody is on in whole seconds
        with admin(town) as root:  # whoever was logged in before another database came must log in again
            assert "is undone" in agree(root, planned(root, f"!undo {code}"))
            wait_for_services(root)
            root.ask("NickServ", "INFO meanwhile", "Registered")
