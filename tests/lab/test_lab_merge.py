"""Alice was dropped and has registered herself again: the old account comes into the new one, or beside it."""

from pathlib import Path

import pytest

from tests.lab.bot import running_bot, write_config
from tests.lab.network import Lab
from tests.lab.opers import admin, carried_out, changed, tell
from tests.lab.people import come, join_as
from tests.lab.person import Person

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def test_an_account_that_was_registered_again_gets_the_old_one_or_it_comes_beside_it(town: Lab, tmp_path: Path) -> None:
    """Nothing is done before somebody chooses; the new password is never taken from whoever has it."""
    with running_bot(write_config(town, tmp_path)), admin(town) as root:
        tell(root, "!backup now", "is new")
        root.ask("NickServ", "FDROP alice", "dropped")
        with come(town, "alice") as alice:
            alice.ask("NickServ", "REGISTER another-password alice@lab.test", "is now registered")
            alice.ask("ChanServ", "FLAGS #beta", "not authorized")

            start = len(root.heard)
            told = tell(root, "!restore user alice", "! account alice exists now")
            assert "choose merge, replace or as NEWNAME" in told
            assert any("CANNOT restore account alice" in line for line in root.heard[start:])
            assert not list((tmp_path / "state").glob("restores/*"))

            code = carried_out(root, "!restore user alice merge", "+ 1 nick", "+ 1 memo")
            alice.ask("MemoServ", "READ 1", "the keys are under  the mat")  # logged in all the time
        gone, came = changed(tmp_path / "state", code, town.database.read_bytes())
        assert gone == []
        assert sorted({row.split(b" ")[0] for row in came}) == [b"CA", b"GACL", b"MCFP", b"ME", b"MN"]
        assert all(b" alice " in row for row in came)
        _has_all_again(town, root, "alice", "another-password")

        code = carried_out(root, "!restore user alice as alice2", "+ account", "+ 1 memo")
        gone, came = changed(tmp_path / "state", code, town.database.read_bytes())
        assert [row.split(b" ")[0] for row in gone] in ([], [b"LUID"])
        assert all(row.startswith(b"LUID ") or b" alice2 " in row for row in came)
    with come(town, "alice2") as other:
        other.ask("NickServ", "IDENTIFY alice2 another-password", "Invalid password")
        other.ask("NickServ", "IDENTIFY alice2 alice-password", "You are now identified")
        other.ask("MemoServ", "READ 1", "the keys are under  the mat")
    with join_as(town, "alice", password="another-password"):
        pass


def _has_all_again(lab: Lab, root: Person, name: str, password: str) -> None:
    """Her nick, memo, certificate, group and access; the password of now, and no other."""
    with come(lab, "alice_") as alice:
        alice.ask("NickServ", f"IDENTIFY {name} alice-password", "Invalid password")
        alice.ask("NickServ", f"IDENTIFY {name} {password}", "You are now identified")
        alice.ask("MemoServ", "READ 1", "the keys are under  the mat")
        alice.ask("NickServ", "CERT LIST", "[0-9a-f]{64}")
        alice.ask("ChanServ", "FLAGS #beta", r"alice\s+\+AOotv")
    root.ask("ChanServ", "FLAGS #alpha", r"alice\s+\+A?F")
    root.ask("GroupServ", "FLAGS !team", r"alice\s+\+F")
