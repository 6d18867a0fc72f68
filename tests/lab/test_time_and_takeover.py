"""Two ways to lose an account that has just come back, tried on the real program: its clock, and a new owner."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.formats.atheme import parse
from core.registrations.splice import prove_splice, splice
from core.sources.atheme_conf import read_conf
from tests.conftest import require
from tests.core.registrations.town import dropped, lines, plan_of
from tests.lab.harbour import REASON, TOPIC, settle_channels
from tests.lab.network import Lab, give_away, lay_out
from tests.lab.people import come, join_as, register, wait_for_services
from tests.lab.person import Person
from tests.lab.timelapse import first_sweep

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

DAYS = 24 * 60 * 60
FOUNDED = (b"#alpha", b"#harbour", b"!team")
_USED = {b"MU": (2, (5, 6)), b"MN": (1, (3, 4)), b"MC": (1, (2, 3))}  # where the name stands, and where its times


@pytest.fixture(scope="module")
def harbour(town: Lab) -> bytes:
    """What services saved: the town with its harbour, and zoe, who will never come again."""
    settle_channels(town)
    with come(town, "zoe") as zoe:
        register(zoe)
    town.save()
    return town.database.read_bytes()


@pytest.fixture(scope="module")
def alone() -> Iterator[Lab]:
    """The same services in a folder of their own, which their user can reach, with no server to link to."""
    require("atheme-services", "faketime")
    folder = Path(tempfile.mkdtemp(prefix="backupserv-lab-"))
    folder.chmod(0o755)
    yield lay_out(folder)
    shutil.rmtree(folder)


def last_used(content: bytes, days: int, *names: bytes) -> bytes:
    """The database with these accounts and channels registered, and last used, so many days ago."""
    stamp = b"%d" % (time.time() - days * DAYS)
    rows = []
    for line in content.split(b"\n"):
        words = line.split(b" ")
        name, times = _USED.get(words[0], (0, ()))
        if words[name] in names:
            for place in times:
                words[place] = stamp
        rows.append(b" ".join(words))
    return b"\n".join(rows)


def without(content: bytes, *names: bytes) -> bytes:
    """The database without these channels and groups."""
    rows = [line for line in content.split(b"\n") if not any(b" " + name + b" " in line[:40] for name in names)]
    return b"\n".join(rows)


def brought_back(backup: bytes, live: bytes) -> bytes:
    """Alice and what she founded, in the living database, as of now."""
    plan = plan_of("alice", backup=backup, live=live, founded=True, now=datetime.now(UTC))
    result = splice(parse(live), plan)
    prove_splice(live, result, plan)
    return result


def rows_of(content: bytes, *names: bytes) -> list[bytes]:
    """All rows that name one of these, but for the counter of uids, which services write in another form."""
    return [line for line in content.split(b"\n") if any(b" " + name + b" " in line + b" " for name in names)]


@pytest.fixture(scope="module")
def past(harbour: bytes) -> tuple[bytes, bytes]:
    """A snapshot of 40 days ago, and the living database, in which alice and what she founded are gone."""
    backup = last_used(harbour, 40, b"alice", b"zoe", *FOUNDED)
    return backup, without(dropped(backup, b"alice"), *FOUNDED)


# --- its own clock --------------------------------------------------------------------------------


def test_the_harbour_is_what_it_says(harbour: bytes) -> None:
    """Founder, op, group, everybody, a banned address with its reason, the kept topic, the lock: all in the file."""
    entries = [line.split(b" ")[2:4] for line in lines(harbour, b"CA #harbour ")]
    assert [target for target, _ in entries] == [b"alice", b"bob", b"!team", b"$registered", b"*!*@trawler.example"]
    assert b"F" in entries[0][1]
    (channel,) = lines(harbour, b"MC #harbour ")
    assert channel.split(b" ")[4:8] == [b"+vkg", b"272", b"128", b"40"]
    assert lines(harbour, b"MDA #harbour ") == [b"MDA #harbour *!*@trawler.example reason " + REASON.encode()]
    assert b"MDC #harbour private:topic:text " + TOPIC.encode() in lines(harbour, b"MDC #harbour ")
    assert {line.split(b" ")[2] for line in lines(harbour, b"MDC #harbour ")} >= {b"private:entrymsg", b"url"}
    assert b"GACL !team bob +cv " in lines(harbour, b"GACL ")


def test_put_back_with_its_old_times_an_account_is_gone_within_the_hour(alone: Lab, past: tuple[bytes, bytes]) -> None:
    """Services' first sweep drops her, her nicks and her memos; what she founded goes to others, or goes."""
    backup, live = past
    result = first_sweep(alone, last_used(brought_back(backup, live), 40, b"alice", *FOUNDED), sign="EXPIRE: zoe")
    assert rows_of(result, b"alice", b"#harbour") == []
    assert lines(result, b"MU ") == lines(dropped(live, b"zoe"), b"MU ")


def test_put_back_with_their_old_times_channels_are_gone_within_the_hour(alone: Lab, past: tuple[bytes, bytes]) -> None:
    """Even where their founder stays: channels have times of their own."""
    backup, live = past
    result = first_sweep(alone, last_used(brought_back(backup, live), 40, *FOUNDED), sign="EXPIRE: zoe")
    assert lines(result, b"MU AAAAAAAAE alice ")
    assert lines(result, b"MC ") == lines(live, b"MC ")


def test_as_we_bring_it_back_an_account_lives_on_with_all_it_founded(alone: Lab, past: tuple[bytes, bytes]) -> None:
    """The same sweep takes zoe and touches no other row."""
    backup, live = past
    spliced = brought_back(backup, live)
    result = first_sweep(alone, spliced, sign="EXPIRE: zoe")
    assert [line for line in result.split(b"\n") if not line.startswith(b"LUID ")] == [
        line for line in dropped(spliced, b"zoe").split(b"\n") if not line.startswith(b"LUID ")
    ]
    assert len(lines(result, b"CA #harbour ")) == len(lines(backup, b"CA #harbour ")) == 5
    assert len(lines(result, b"MN alice ")) == 2


@pytest.mark.parametrize("expire", ["39d", "5W", "936h", '"5 w"', "41", "6w", "0", "30fortnights", "99999"])
def test_we_read_from_the_configuration_what_services_do(
    alone: Lab, harbour: bytes, expire: str, tmp_path: Path
) -> None:
    """Alice was last seen 40 days ago: she goes if, and only if, the days that we read are fewer."""
    text = alone.config.read_text()
    config = tmp_path / "atheme.conf"
    config.write_text(text.replace("maxnicks = 5; expire = 30;", f"maxnicks = 5; expire = {expire};"))
    assert config.read_text() != text
    days = read_conf(config).nick_days
    alone.config.write_text(config.read_text())
    try:
        # A channel's expiry tells that the sweep took place.
        result = first_sweep(alone, last_used(harbour, 40, b"alice", b"#beta"), sign="EXPIRE: #beta")
    finally:
        alone.config.write_text(text)
    assert bool(lines(result, b"MU AAAAAAAAE alice ")) == (not 0 < days < 40)


# --- its new owner --------------------------------------------------------------------------------


@contextmanager
def the_nick_is_taken(town: Lab) -> Iterator[Person]:
    """Alice was dropped, and mallory, who is online, has registered her nick anew."""
    with join_as(town, "root1", password="root1-password") as root:
        root.send("OPER labop labop-password")
        root.wait(" 381 ")
        root.ask("NickServ", "FDROP alice", "dropped")
    with come(town, "alice") as mallory:
        mallory.ask("NickServ", "REGISTER mallory-password mallory@lab.test", "is now registered")
        mallory.ask("MemoServ", "LIST", "You have no memos|0 memos")
        yield mallory


def restart_with(town: Lab, content: bytes) -> None:
    """The living database while services are down, as a restore leaves it."""
    town.stop_services()
    town.database.write_bytes(content)
    give_away(town.data)
    town.start_services()


def test_who_took_the_nick_is_not_taken_for_its_owner(town: Lab, harbour: bytes) -> None:
    """Services log people in again by name alone: without the flag that we set, mallory is alice.

    With it she is nobody, the owner's password is the owner's, and bob, who was there all the time, notices nothing.
    """
    with the_nick_is_taken(town) as mallory, join_as(town, "bob", password="bob-password") as bob:
        town.save()
        live = dropped(town.database.read_bytes(), b"alice")
        spliced = brought_back(harbour, live)
        (row,) = lines(spliced, b"MU AAAAAAAAE alice ")
        flags = row.split(b" ")[7]
        assert b"b" in flags

        restart_with(town, spliced.replace(row, row.replace(flags, flags.replace(b"b", b""))))
        wait_for_services(mallory)
        mallory.ask("MemoServ", "READ 1", "the keys are under  the mat")  # the takeover: her memos are mallory's

        restart_with(town, spliced)
        wait_for_services(mallory)
        mallory.ask("MemoServ", "READ 1", "not logged in|not identified")
        mallory.ask("NickServ", "IDENTIFY alice mallory-password", "Invalid password")
        bob.ask("MemoServ", "LIST", "You have no memos|0 memos")
        mallory.send("NICK mallory")
        mallory.wait(" NICK :?mallory")
        with join_as(town, "alice", password="alice-password") as alice:
            alice.ask("MemoServ", "READ 1", "the keys are under  the mat")
