"""The whole old database on real servers: back, taken back, refused where the real program would not start on it."""

import subprocess
from pathlib import Path

import pytest

from tests.lab.bot import backupserv, running_bot, write_config
from tests.lab.network import Lab
from tests.lab.opers import admin, agree, planned, tell
from tests.lab.people import come, join_as, register, wait_for_services
from tests.lab.person import Person

SHOWN = (
    "+ those of then: account alice",
    "- goes: registered since: 1 account: newbie",
    "- goes: another of that name was registered since: account alice",
    "! gives power back: founders: #alpha: alice",
)
pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def test_the_whole_database_comes_back_from_the_channel_and_today_is_brought_back(town: Lab, tmp_path: Path) -> None:
    """People identify with their passwords of then; who took a name since is nobody; the undo brings today back.

    Who is online under a name that is another's by then is logged out. What was restored proves nobody until they log
    in again: the admin who undoes it does so first.
    """
    config = write_config(town, tmp_path)
    with running_bot(config), admin(town) as root:
        tell(root, "!backup now", "is new")
        root.ask("NickServ", "FDROP alice", "dropped")
        with come(town, "alice") as mallory, come(town, "newbie") as newbie:
            mallory.ask("NickServ", "REGISTER mallory-password mallory@lab.test", "is now registered")
            register(newbie)
            told = agree(root, planned(root, "!restore database", *SHOWN))
            assert "database services is back" in told
            wait_for_services(mallory)
            mallory.ask("NickServ", "IDENTIFY alice mallory-password", "Invalid password")
            newbie.ask("NickServ", "IDENTIFY newbie newbie-password", "is not a registered")
        with come(town, "owner") as alice:
            alice.ask("NickServ", "IDENTIFY alice alice-password", "You are now identified")
            alice.ask("ChanServ", "FLAGS #alpha", r"alice\s+\+A?F")
        code = _code(tmp_path)
        _log_in_again(root)
        assert "is undone" in agree(root, planned(root, f"!undo {code}"))
    with join_as(town, "newbie", password="newbie-password"):
        pass
    with come(town, "owner") as alice:
        alice.ask("NickServ", "IDENTIFY alice alice-password", "Invalid password")
        alice.ask("NickServ", "IDENTIFY alice mallory-password", "You are now identified")


def _code(folder: Path) -> str:
    (record,) = (folder / "state" / "restores").glob("*/record.json")
    return record.parent.name


def _log_in_again(root: Person) -> None:
    root.ask("NickServ", "LOGOUT", "logged out")
    root.ask("NickServ", "IDENTIFY root1 root1-password", "You are now identified")


def test_what_the_real_program_would_not_start_on_is_never_put_in_place(town: Lab, tmp_path: Path) -> None:
    """A row of a module that is not loaded stops it: the rehearsal says so, and services run on what they had."""
    config = write_config(town, tmp_path, ask='kind = "none"', irc=False)
    town.stop_services()
    rows = town.database.read_bytes()
    town.database.write_bytes(rows + b"BW badword 1700000000 root1 #alpha warn \n")
    _run("backup", config=config)
    town.database.write_bytes(rows)
    town.start_services()
    done = _run("restore", "database", "--yes", config=config, code=1)
    assert "the real program" in done
    with join_as(town, "bob", password="bob-password"):
        pass


def test_a_database_that_is_gone_comes_back_to_its_folder(town: Lab, tmp_path: Path) -> None:
    """Services are down and everything of theirs is lost: no file, no folder. They own what is made."""
    config = write_config(town, tmp_path, ask='kind = "none"', irc=False)
    town.stop_services()
    _run("backup", config=config)
    before = town.database.stat()
    town.database.unlink()
    _run("restore", "database", "--yes", config=config)
    after = town.database.stat()
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    with join_as(town, "bob", password="bob-password"):
        pass


def _run(*words: str, config: Path, code: int = 0) -> str:
    done = subprocess.run(
        backupserv(*words, "--config", str(config), "--quiet"), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode == 0) == (code == 0), done.stdout + done.stderr
    return done.stdout + done.stderr
