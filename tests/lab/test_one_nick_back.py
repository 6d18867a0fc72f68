"""The main job on real servers: InspIRCd and Atheme over TLS, an account lost and brought back from the channel."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.audit_file import audit_lines
from tests.lab.bot import backupserv, running_bot, write_config
from tests.lab.network import Lab
from tests.lab.opers import BOT, admin, agree, planned, tell
from tests.lab.people import come, join_as, wait_for_services

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def test_an_account_is_lost_and_comes_back_from_the_channel(town: Lab, tmp_path: Path) -> None:
    """After it the old password works and a wrong one does not, memos and access are back, and no other row changed."""
    config = write_config(town, tmp_path)
    with running_bot(config), admin(town) as root:
        assert "accounts" in tell(root, "!backup now", "is new")
        assert "level 3 of 3" in tell(root, "!verify", "is good")
        root.ask("NickServ", "FDROP alice", "dropped")
        root.ask("NickServ", "INFO alice", "is not registered")

        assert "alice is back" in agree(root, planned(root, "!restore user alice_"))
        live = town.database.read_bytes()
        (before,) = (tmp_path / "state" / "restores").glob("*/before.db")
        _only_the_plan_changed(before.read_bytes(), live)

        wait_for_services(root)
        with come(town, "alice") as alice:
            alice.ask("NickServ", "IDENTIFY alice wrong-password", "Invalid password")
            alice.ask("NickServ", "IDENTIFY alice alice-password", "You are now identified")
            alice.ask("MemoServ", "READ 1", "the keys are under  the mat|bob")
        root.ask("ChanServ", "FLAGS #beta", r"alice\s+\+AOotv")
        root.ask("ChanServ", "FLAGS #alpha", r"alice\s+\+A?F")
        root.ask("NickServ", "INFO alice", "alice_")


def _only_the_plan_changed(before: bytes, after: bytes) -> None:
    old, new = before.split(b"\n"), after.split(b"\n")
    gone = Counter(old) - Counter(new)
    come_back = Counter(new) - Counter(old)
    assert all(row.split(b" ")[0] in {b"LUID", b"NAM", b"MDN"} for row in gone), gone
    assert all(b" alice" in row or row.startswith(b"LUID ") for row in come_back), come_back
    kept = [row for row in old if row not in gone]
    assert [row for row in new if row not in come_back] == kept


def test_who_is_no_oper_hears_nothing_and_is_written_down(town: Lab, tmp_path: Path) -> None:
    """A listed account without OPER, and an oper without a listed account: silence, and one audit line each."""
    config = write_config(town, tmp_path, who=("root1",))
    with running_bot(config), join_as(town, "root1", password="root1-password") as root:
        root.send("JOIN #opers")
        root.wait(" 366 ")
        root.say("#opers", "!status")
        root.hears_nothing(BOT, 2)
        with join_as(town, "bob", password="bob-password") as bob:
            bob.send("OPER labop labop-password")
            bob.wait(" 381 ")
            bob.send("JOIN #opers")
            bob.wait(" 366 ")
            bob.say("#opers", "!restore user alice")
            bob.hears_nothing(BOT, 2)
    refused = [entry for entry in audit_lines(tmp_path / "state") if entry["event"] == "command refused"]
    assert [entry["nick"] for entry in refused] == ["root1", "bob"]


def test_with_services_down_and_irc_dead_the_command_line_brings_the_account_back(town: Lab, tmp_path: Path) -> None:
    config = write_config(town, tmp_path, ask='kind = "none"', irc=False)

    def run(*words: str) -> str:
        done = subprocess.run(
            backupserv(*words, "--config", str(config), "--quiet"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    town.stop_services()
    run("backup")
    rows = town.database.read_bytes().split(b"\n")
    bobs = re.compile(rb"^(MU \S+ bob |(MDU|MN|ME|MI|AC|MCFP) bob |(CA|GACL) \S+ bob )")
    town.database.write_bytes(b"\n".join(row for row in rows if not bobs.match(row)))
    stat = town.database.stat()
    assert "bob is back" in run("restore", "user", "bob", "--yes")
    after = town.database.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (stat.st_uid, stat.st_gid, stat.st_mode)
    with join_as(town, "bob", password="bob-password") as bob:
        bob.ask("ChanServ", "FLAGS #beta", r"bob\s+\+A?F")
