"""A channel with everything, and a group with members: dropped on real servers, and brought back from the channel."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.lab.bot import backupserv, running_bot, write_config
from tests.lab.harbour import CHANNEL, TOPIC, settle_channels
from tests.lab.network import Lab
from tests.lab.opers import admin, agree, carried_out, changed, hears, listing, planned, tell
from tests.lab.people import come, join_as

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

_FLAGS = (f"FLAGS {CHANNEL}", "FLAGS listing")
_INFO = (f"INFO {CHANNEL}", "End of Info")
_MEMBERS = ("FLAGS !team", "FLAGS listing")
_NAME = CHANNEL.encode()


@pytest.fixture(scope="module")
def harbour(town: Lab) -> Lab:
    """The town with its harbour; root1 has nothing there but by the group, and trawlers are not welcome."""
    settle_channels(town)
    with join_as(town, "alice", password="alice-password") as alice:
        alice.ask("GroupServ", "FLAGS !team root1 +c", "flags")
        alice.ask("ChanServ", f"AKICK {CHANNEL} ADD trawler*!*@* !P no  nets here", "akick|added")
    town.save()
    return town


def _rows_of(content: bytes, name: bytes) -> list[bytes]:
    """All rows that speak of a channel or a group, but for when it was used: that is set to now."""
    rows = [row.split(b" ") for row in content.split(b"\n") if b" " + name + b" " in row]
    return [b" ".join([*words[:3], *words[4:]] if words[0] == b"MC" else words) for words in rows]


def test_a_channel_with_everything_is_dropped_and_comes_back_with_everything(harbour: Lab, tmp_path: Path) -> None:
    """The same list and settings, the topic when somebody comes, the mode lock, its founder's power, the ban."""
    saved = _rows_of(harbour.database.read_bytes(), _NAME)
    with running_bot(write_config(harbour, tmp_path)), admin(harbour) as root:
        tell(root, "!backup now", "is new")
        flags, told = listing(root, "ChanServ", *_FLAGS), listing(root, "ChanServ", *_INFO)
        assert len([line for line in flags if "modified" in line or "by alice" in line]) == 6
        root.ask("ChanServ", f"FDROP {CHANNEL}", "dropped")
        root.ask("ChanServ", f"INFO {CHANNEL}", "is not registered")

        powers = f"! gives power back: founder of {CHANNEL}: alice"
        code = planned(root, f"!restore channel {CHANNEL}", "+ 6 access entries", "+ topic", "+ mode lock", powers)
        assert f"channel {CHANNEL} is back" in agree(root, code)
        gone, came = changed(tmp_path / "state", code, harbour.database.read_bytes())
        assert gone == []
        assert _rows_of(b"\n".join(came), _NAME) == saved
        assert len(came) == len(saved)
        assert listing(root, "ChanServ", *_FLAGS) == flags
        assert [line for line in listing(root, "ChanServ", *_INFO) if "Last used" not in line] == told
    _people_use_it(harbour)


def _people_use_it(lab: Lab) -> None:
    with join_as(lab, "alice", password="alice-password") as alice:
        hears(
            alice,
            f"JOIN {CHANNEL}",
            rf"^:ChanServ\S* TOPIC {CHANNEL} :{TOPIC}$",
            rf"^:ChanServ\S* NOTICE alice :\[{CHANNEL}\] mind  the ropes$",
            rf" 328 alice {CHANNEL} :https://harbour.example/$",
            rf"^:ChanServ\S* MODE {CHANNEL} \+l :40$",
        )
        hears(alice, f"MODE {CHANNEL} +s-l", rf"^:ChanServ\S* MODE {CHANNEL} -s\+l :40$")
        with come(lab, "trawler7") as trawler:
            trawler.send(f"JOIN {CHANNEL}")
            alice.wait(rf"^:ChanServ\S* KICK {CHANNEL} trawler7 :.*no  nets here")
            hears(trawler, f"JOIN {CHANNEL}", rf" 474 trawler7 {CHANNEL} ")
        with join_as(lab, "bob", password="bob-password") as bob:
            bob.send(f"JOIN {CHANNEL}")
            alice.wait(rf"^:ChanServ\S* MODE {CHANNEL} \+o\S* .*bob")
        alice.ask("ChanServ", f"FLAGS {CHANNEL} BackupServ +v", "were set on|set")


def test_a_group_is_dropped_and_its_members_have_their_flags_and_its_channel_again(
    harbour: Lab, tmp_path: Path
) -> None:
    """Root1 is voiced in the harbour for no other reason than being in the group."""
    harbour.save()
    saved = _rows_of(harbour.database.read_bytes(), b"!team")
    with running_bot(write_config(harbour, tmp_path)), admin(harbour) as root:
        tell(root, "!backup now", "is new")
        members, info = listing(root, "GroupServ", *_MEMBERS), listing(root, "GroupServ", "INFO !team", "End of Info")
        assert [line.split()[1:3] for line in members if line[0].isdigit()] == [
            ["alice", "+FfscmviA"],
            ["bob", "+cv"],
            ["root1", "+c"],
        ]
        root.ask("GroupServ", "FDROP !team", "dropped")
        root.ask("GroupServ", "FLAGS !team", "does not exist")
        assert not any("!team" in line for line in listing(root, "ChanServ", *_FLAGS))

        code = carried_out(root, "!restore group !team")
        gone, came = changed(tmp_path / "state", code, harbour.database.read_bytes())
        assert gone == []
        assert sorted(_rows_of(b"\n".join(came), b"!team")) == sorted(saved)
        assert listing(root, "GroupServ", *_MEMBERS) == members
        assert listing(root, "GroupServ", "INFO !team", "End of Info") == info
        assert any("!team" in line and "+AVv" in line for line in listing(root, "ChanServ", *_FLAGS))
        hears(root, f"JOIN {CHANNEL}", rf"^:ChanServ\S* MODE {CHANNEL} \S*\+v .*root1")


def test_with_services_down_and_irc_dead_a_channel_comes_back_and_goes_again(harbour: Lab, tmp_path: Path) -> None:
    """On the command line: the file keeps its owner and mode, and services start on it each time."""
    config = write_config(harbour, tmp_path, ask='kind = "none"', irc=False)
    harbour.stop()
    _run(config, "backup")
    whole = harbour.database.read_bytes()
    less = b"\n".join(row for row in whole.split(b"\n") if b" " + _NAME + b" " not in row)
    harbour.database.write_bytes(less)
    kept = _ownership(harbour.database)

    code = _run(config, "restore", "channel", CHANNEL, "--yes")
    assert _ownership(harbour.database) == kept
    assert _rows_of(harbour.database.read_bytes(), _NAME) == _rows_of(whole, _NAME)
    _starts_with(harbour, r"alice\s+\+AFORaefhioqrstv")
    restored = harbour.database.read_bytes()
    again = _run(config, "undo", code, "--yes")
    assert _ownership(harbour.database) == kept
    gone, came = changed(tmp_path / "state", again, harbour.database.read_bytes())
    assert (len(gone), came) == (len(_rows_of(restored, _NAME)), [])
    _starts_with(harbour, "is not registered")


def _run(config: Path, *words: str) -> str:
    """The command line; returns the code of what it did, if it did something that can be undone."""
    command = backupserv(*words, "--json", "--quiet", "--config", str(config))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    return str(told["id"]) if isinstance(told, dict) and "id" in told else ""


def _ownership(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_uid, stat.st_gid, stat.st_mode


def _starts_with(lab: Lab, answer: str) -> None:
    """Services that start on the file say so of the channel; everything is down again afterwards."""
    lab.start_ircd()
    lab.start_services()
    with join_as(lab, "root1", password="root1-password") as root:
        root.ask("ChanServ", f"FLAGS {CHANNEL}", answer)
    lab.stop()
