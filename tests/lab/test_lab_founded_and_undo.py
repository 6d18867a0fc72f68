"""An account comes back with what it founded, goes again, and comes back once more: on real servers."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.bot import running_bot, write_config
from tests.lab.network import Lab
from tests.lab.opers import admin, carried_out, changed, hears, listing, tell
from tests.lab.people import come, join_as, wait_for_services
from tests.lab.person import Person

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

_SET_ANEW = {b"MU": (6, 7), b"MN": (4,), b"MC": (3,)}
TOPIC = "ducks  are fed at noon"


@pytest.fixture(scope="module")
def pond(town: Lab) -> Lab:
    """Alice alone founds #alpha, with a topic, and !crew, in which bob is."""
    with join_as(town, "alice", password="alice-password") as alice:
        alice.ask("ChanServ", "FLAGS #alpha bob -*", "flags")
        alice.ask("ChanServ", "SET #alpha KEEPTOPIC ON", "keeptopic|set")
        alice.send("JOIN #alpha")
        hears(alice, f"PRIVMSG ChanServ :TOPIC #alpha {TOPIC}", f" TOPIC #alpha :{TOPIC}")
        alice.ask("GroupServ", "REGISTER !crew", "registered")
        alice.ask("GroupServ", "FLAGS !crew bob +cv", "flags")
        alice.ask("ChanServ", "FLAGS #alpha !crew +AV", "flags|set")
    with join_as(town, "bob", password="bob-password") as bob:
        bob.ask("ChanServ", "SET #beta KEEPTOPIC ON", "keeptopic|set")
    town.save()
    return town


@pytest.fixture
def root(pond: Lab, tmp_path: Path) -> Iterator[Person]:
    """The oper, with the bot beside them and a snapshot made."""
    with running_bot(write_config(pond, tmp_path)), admin(pond) as root:
        tell(root, "!backup now", "is new")
        yield root


def test_an_account_comes_back_with_what_it_founded_goes_again_and_comes_back_once_more(
    pond: Lab, root: Person, tmp_path: Path
) -> None:
    """And what bob did meanwhile stays, through all of it."""
    saved = pond.database.read_bytes()
    root.ask("GroupServ", "FDROP !crew", "dropped")
    root.ask("NickServ", "FDROP alice", "dropped")
    root.ask("ChanServ", "INFO #alpha", "is not registered")

    powers = [f"! gives power back: founder of {what}" for what in ("group !crew", "#alpha")]
    code = carried_out(root, "!restore user alice founded", *powers)
    gone, came = changed(tmp_path / "state", code, pond.database.read_bytes())
    assert gone == []
    assert _untimed(Counter(came)) == _untimed(_hers(saved) - _hers(_before(tmp_path, code)))
    _she_is_as_she_was(pond, root)

    with join_as(pond, "alice", password="alice-password") as alice:
        alice.ask("ChanServ", "FLAGS #alpha bob +V", "flags|set")
    _bob_lives_on(pond)
    back = carried_out(root, f"!undo {code}", "- goes: account alice", "- goes: channel #alpha", "- goes: group !crew")
    gone, came = changed(tmp_path / "state", back, pond.database.read_bytes())
    assert came == []
    assert Counter(gone) == _hers(_before(tmp_path, back))
    root.ask("NickServ", "INFO alice", "is not registered")
    root.ask("ChanServ", "INFO #alpha", "is not registered")
    root.ask("GroupServ", "INFO !crew", "does not exist")
    _what_bob_did_is_there(root)

    once_more = carried_out(root, f"!undo {back}", "+ account alice", "+ channel #alpha", "+ group !crew")
    lost, came = changed(tmp_path / "state", once_more, pond.database.read_bytes())
    assert lost == []
    assert _untimed(Counter(came)) == _untimed(Counter(gone))
    _she_is_as_she_was(pond, root)
    root.ask("ChanServ", "FLAGS #alpha", r"bob\s+\+V")
    with join_as(pond, "alice", password="alice-password") as alice:
        alice.ask("MemoServ", "READ 2", "welcome  back")
    _what_bob_did_is_there(root)


def _before(folder: Path, code: str) -> bytes:
    """The database as services left it when a restore began."""
    return (folder / "state" / "restores" / code / "before.db").read_bytes()


def _hers(content: bytes) -> Counter[bytes]:
    """Every row that is alice's, or of what she alone founds."""
    names = {b"alice", b"#alpha", b"!crew"}
    return Counter(row for row in content.split(b"\n") if names & set(row.split(b" ")[1:4]))


def _untimed(rows: Counter[bytes]) -> Counter[bytes]:
    """Without times of use, and the flag that keeps whoever has the nick out: they are set anew."""
    result: Counter[bytes] = Counter()
    for row, number in rows.items():
        words = row.split(b" ")
        for place in _SET_ANEW.get(words[0], ()):
            words[place] = b""
        result[b" ".join(words)] += number
    return result


def _she_is_as_she_was(lab: Lab, root: Person) -> None:
    """Password, memo, certificate, groups, access, channel, topic."""
    with come(lab, "alice") as alice:
        alice.ask("NickServ", "IDENTIFY alice wrong-password", "Invalid password")
        alice.ask("MemoServ", "READ 1", "not logged in|not identified")
        alice.ask("NickServ", "IDENTIFY alice alice-password", "You are now identified")
        alice.ask("MemoServ", "READ 1", "the keys are under  the mat")
    pair = (lab.folder / "alice.pem", lab.folder / "alice.key")
    with Person("alice_", lab.tls_port, lab.ca, certificate=pair) as alice:
        wait_for_services(alice)
        if not any(" 900 " in line for line in alice.heard):
            alice.wait(" 900 alice_ .* alice :You are now logged in as alice")
        hears(alice, "JOIN #alpha", f"^:ChanServ.* TOPIC #alpha :{TOPIC}$")
        alice.ask("ChanServ", "FLAGS #alpha root1 +v", "flags|set")
        alice.ask("ChanServ", "FLAGS #alpha root1 -*", "flags|removed|set")
    root.ask("ChanServ", "FLAGS #beta", r"alice\s+\+AOotv")
    root.ask("ChanServ", "FLAGS #alpha", r"alice\s+\+A?F")
    assert any(
        "+AV " in line and "!crew" in line for line in listing(root, "ChanServ", "FLAGS #alpha", "FLAGS listing")
    )
    for group, flags in (("!team", "alice FfscmviA"), ("!crew", "alice FfscmviA bob cv")):
        members = listing(root, "GroupServ", f"FLAGS {group}", "FLAGS listing")
        found = [re.match(r"\d+\s+(\S+)\s+\+(\w+)", line) for line in members]
        assert " ".join(f"{line[1]} {line[2]}" for line in found if line) == flags


def _bob_lives_on(lab: Lab) -> None:
    with join_as(lab, "bob", password="bob-password") as bob:
        bob.ask("MemoServ", "SEND alice welcome  back", "sent")
        bob.ask("MemoServ", "SEND root1 alice  is back", "sent")
        bob.send("JOIN #beta")
        hears(bob, "PRIVMSG ChanServ :TOPIC #beta wet  paint", " TOPIC #beta :wet  paint")
        bob.ask("ChanServ", "FLAGS #beta root1 +v", "flags|set")


def _what_bob_did_is_there(root: Person) -> None:
    root.ask("MemoServ", "READ 1", "alice  is back")
    root.ask("ChanServ", "FLAGS #beta", r"root1\s+\+v")
    hears(root, "JOIN #beta", " (332|TOPIC) .*#beta :wet  paint")
    hears(root, "PART #beta", " PART ")
