"""A restore that is killed while services are down: the next start brings them up, and tells the channel of it."""

import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from core.domain.finding import Severity
from core.formats.atheme import check, lookup, parse
from tests.conftest import require
from tests.lab.bot import backupserv, running_bot, write_config
from tests.lab.network import Lab
from tests.lab.people import join_as, wait_for_services
from tests.lab.person import Person

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def test_the_next_start_mends_what_it_may_and_tells_the_rest(town: Lab, tmp_path: Path) -> None:
    """Killed right behind the rename that puts the new database in place, before its folder is flushed."""
    require("strace")
    config = write_config(town, tmp_path)
    _drop_bob(town, config)
    old = town.database.read_bytes()
    kill = ["-P", str(town.data), "-e", "trace=fsync", "-e", "inject=fsync:signal=KILL:when=1"]
    restore = backupserv("restore", "user", "bob", "--yes", "--config", str(config))
    words = ["strace", "-f", "-b", "execve", "-qq", "-o", "/dev/null", *kill, *restore]
    subprocess.run(words, check=False, timeout=60, capture_output=True)

    (record,) = [json.loads(path.read_text()) for path in (tmp_path / "state" / "restores").glob("*/record.json")]
    assert record["step"] == "replacing"
    assert not town.pidfile.exists() or not Path(f"/proc/{town.pidfile.read_text().strip()}").exists()
    content = town.database.read_bytes()
    assert content == old or lookup(parse(content), b"bob", "rfc1459") == b"bob"
    assert not [item for item in check(content, casemapping="rfc1459") if item.severity > Severity.WARNING]

    with Person("watcher", town.tls_port, town.ca) as watcher:
        watcher.send("JOIN #opers")
        watcher.wait(" 366 ")
        with running_bot(config):
            told = watcher.wait(rf"PRIVMSG #opers :restore {record['id']} of account bob", 20)
            assert re.search(r"cut short at .replac", told)
            wait_for_services(watcher)
    _run("restore", "settle", record["id"], config=config)
    _run("restore", "user", "bob", "--yes", config=config)
    with join_as(town, "bob", password="bob-password"):
        pass


def _drop_bob(town: Lab, config: Path) -> None:
    """A snapshot that has him, then a database that does not; services run on it."""
    _run("backup", config=config)
    with join_as(town, "root1", password="root1-password") as root:
        root.ask("NickServ", "FDROP bob", "dropped")
        root.ask("OperServ", "UPDATE", "completed")
    town.stop_services()
    town.start_services()
    time.sleep(0.2)


def _run(*words: str, config: Path) -> None:
    done = subprocess.run(
        backupserv(*words, "--quiet", "--config", str(config)), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in {0, 3}, done.stdout + done.stderr
