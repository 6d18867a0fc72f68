"""The whole of a real network back: InspIRCd and Atheme killed and all their folders emptied."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from bot.demo.certificates import make_client
from tests.lab.bot import backupserv, running_bot, write_config
from tests.lab.network import Lab, as_user
from tests.lab.opers import BOT, tell
from tests.lab.people import join_as
from tests.lab.real import find_program
from tests.lab.seat import seated

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def configure(lab: Lab, folder: Path, *, irc: bool = False, unit: bool = False) -> Path:
    """Configuration, certificates and the database of the lab, each a source; the IRCd and services have controls."""
    config = write_config(lab, folder, ask='kind = "irc"' if irc else 'kind = "none"', irc=irc)
    start = [*as_user(), find_program("inspircd") or "inspircd", "--config", str(lab.folder / "inspircd.conf")]
    words = ", ".join(f'"{word}"' for word in start)
    control = f'control = {{ kind = "pidfile", pidfile = "{lab.ircd_pidfile}", start = [{words}] }}'
    text = f"""
[sources.conf]
kind = "files"
folder = "config"
root = "{lab.folder}"
paths = ["inspircd.conf", "atheme.conf"]
{control}
[sources.certificates]
kind = "tls"
root = "{lab.folder}"
paths = ["ca.pem", "server.pem", "server.key"]
serves = ["127.0.0.1:{lab.tls_port}"]
{control}
[recovery]
objective = "5m"
"""
    if unit:
        script = folder / "network"
        ircd, services = ("; ".join([" ".join(start)]), " ".join(lab.start_words))
        script.write_text(f"#!/bin/sh\nset -e\ncase $1 in up) {ircd}; {services};; down) exit 0;; esac\n")
        script.chmod(0o700)
        text += f'unit = {{ kind = "command", up = ["{script}", "up"], down = ["{script}", "down"] }}\n'
    config.write_text(config.read_text() + text)
    return config


def burn(lab: Lab, folder: Path) -> None:
    """Both programs die without a word; of their folders nothing is left, nor of what the bot knew."""
    lab.kill_services()
    os.kill(int(lab.ircd_pidfile.read_text()), signal.SIGKILL)
    for path in lab.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    lab.data.mkdir()
    shutil.chown(lab.data, *(("irc", "irc") if os.geteuid() == 0 else (os.geteuid(), os.getegid())))
    shutil.rmtree(folder / "state")


def run(config: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        backupserv(*words, "--config", str(config)), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_an_empty_host_becomes_the_network_again(town: Lab, tmp_path: Path) -> None:
    """One command with the repository and a key: people identify again, and the time is told."""
    config = configure(town, tmp_path, unit=True)
    ca = town.ca.read_bytes()
    run(config, "backup")
    burn(town, tmp_path)
    key = tmp_path / "from-the-safe.key"
    (tmp_path / "host.key").rename(key)
    looked = run(config, "recover", "--identity", str(key), "--dry-run")
    assert "disk: 3 snapshots of " in looked
    assert not town.database.exists()
    told = run(config, "recover", "--identity", str(key), "--yes")
    assert re.search(r"DONE  recovery \w+: \d:\d\d of 5:00, met", told), told
    assert re.search(r"4 of 6 · services · 0:\d\d of 5:00", told), told
    assert town.ca.read_bytes() == ca
    with join_as(town, "alice", password="alice-password") as alice:
        alice.ask("MemoServ", "LIST", "bob")
    with join_as(town, "bob", password="bob-password"):
        pass
    assert "last recovery 0:" in run(config, "status")


def test_two_opers_bring_everything_back_and_the_bot_comes_back_to_tell(town: Lab, tmp_path: Path) -> None:
    """Services are dead and their files gone; the IRCd stops under the bot, and the result waits for the channel."""
    town.start_services()
    people = {name: make_client(town.folder, name) for name in ("carla", "dora")}
    config = configure(town, tmp_path, irc=True)
    access = "".join(
        f'[access.people.{name}]\ncertfps = ["{print_}"]\nroles = ["restore", "approve", "backup"]\n'
        for name, print_ in people.items()
    )
    text = config.read_text().replace("reconnect_seconds = 0.5", "reconnect_seconds = 3")
    config.write_text(text.replace("accounts = [", 'accounts = ["carla-nobody", ') + access)
    run(config, "backup")
    with running_bot(config):
        with seated(town, "carla", "labop") as carla, seated(town, "dora", "labop2") as dora:
            town.kill_services()
            town.database.unlink()
            (town.folder / "atheme.conf").unlink()
            plan = tell(carla, "!restore all", "!approve|usage|CANNOT|failed|needs")
            code = re.search(r"!approve (\w+)", plan)
            assert code, carla.heard[-8:]
            assert "stops certificates, conf, then starts certificates, conf, services" in plan
            tell(dora, f"!approve {code[1]}", "running")
            carla.wait("^ERROR .*Server shutting down")
        with seated(town, "carla", "labop") as carla:
            done = carla.wait(rf"{BOT}recovery {code[1]}: .* DONE: 0:\d\d of 5:00, met", 60)
            assert re.search(r"services \d+\.\ds", done)
            with join_as(town, "alice", password="alice-password") as alice:
                alice.ask("MemoServ", "LIST", "bob")
            assert "last recovery 0:" in tell(carla, "!status", "last snapshot")
