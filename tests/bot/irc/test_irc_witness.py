"""What is watched beside the questions: who is in the channel, netsplits, restored accounts, and glances."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.irc import glances, identities, splits
from bot.irc.casemap import Names
from bot.irc.identity import Identity, Refusal
from bot.irc.logins import Restored
from bot.irc.messages import parse_line
from bot.irc.splits import Splits
from tests.bot.irc.bench import US, Bench

ALICE = ":alice!a@host.test"
END = ":irc.test 318 BackupServ alice :End"


def _whois(*, server: str = "irc.test", signed_on: int = 1000, account: str = "Alice") -> list[str]:
    return [
        ":irc.test 311 BackupServ alice a host.test * :Alice",
        f":irc.test 312 BackupServ alice {server} :x",
        ":irc.test 313 BackupServ alice :is an IRC Operator",
        f":irc.test 317 BackupServ alice 3 {signed_on} :seconds idle, signon time",
        f":irc.test 330 BackupServ alice {account} :is logged in as",
        END,
    ]


@pytest.fixture(autouse=True)
def _no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "_GAP_SECONDS", 0)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def _twice(bench: Bench, first: list[str], second: list[str] | None = None) -> Identity | Refusal:
    """The verdict of two questions."""
    question = asyncio.create_task(bench.witness.identify(bench.message(), twice=True))
    for answer in (first, second or first):
        await asyncio.sleep(0)
        bench.hear(*answer)
        for _ in range(6):
            await asyncio.sleep(0)
    return await question


# --- who is in the channel -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "inside"),
    [
        ([], True),
        ([f"{ALICE} PART #opers :bye"], False),
        ([f"{ALICE} PART #OPERS"], False),
        ([f"{ALICE} PART #other"], True),
        ([":bob!b@h KICK #opers ALICE :out"], False),
        ([f"{ALICE} QUIT"], False),
        ([":irc.test KILL alice :x"], False),
        ([f"{ALICE} NICK carol"], False),
        ([f"{ALICE} NICK carol", ":carol!a@host.test NICK Alice"], True),
        ([f"{ALICE} QUIT", ":dave!d@h NICK alice"], False),
        ([":irc.test KICK #opers BackupServ :out"], False),
        ([f"{US} PART #opers"], False),
        ([f"{US} PART #opers", f"{US} JOIN #opers"], False),
        ([f"{US} JOIN #opers", ":irc.test 353 BackupServ = #opers :@BackupServ ~&@alice"], True),
        ([f"{US} JOIN #opers", ":irc.test 353 BackupServ = #other :alice"], False),
        ([f"{US} JOIN #opers", ":eve!e@h 353 BackupServ = #opers :alice"], False),
        ([f"{ALICE} PART #opers", f"{ALICE} JOIN #opers Alice :real name"], True),
        ([f"{ALICE} PART #opers", f"{ALICE} JOIN #other"], False),
    ],
)
def test_who_is_there_is_known_from_what_the_server_tells(bench: Bench, lines: list[str], inside: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    bench.hear(*lines)
    assert ("alice" in bench.witness.members) is inside


def test_the_crowd_is_bounded(bench: Bench) -> None:
    """Who comes when it is full is not counted as in."""
    bench.hear(*[f":irc.test 353 BackupServ = #opers :{' '.join(f'n{n}x{m}' for m in range(50))}" for n in range(200)])
    assert len(bench.witness.members) <= 5000


async def test_who_is_not_in_the_channel_is_not_even_asked_about(bench: Bench) -> None:
    """In private, or into a channel that lets outsiders speak."""
    for channel in (None, "#opers"):
        verdict = await bench.ask(bench.message("carol", "c@h", channel=channel))
        assert verdict == Refusal("not in the opers' channel")
    assert bench.asked == []


async def test_who_is_in_the_channel_may_speak_in_private(bench: Bench) -> None:
    assert isinstance(await bench.ask(bench.message(channel=None), *_whois()), Identity)


@pytest.mark.parametrize("mark", ["is_own", "is_history", "from_bot", "relayed"])
async def test_what_is_nobodys_own_word_is_not_asked_about(bench: Bench, mark: str) -> None:
    marks: dict[str, object] = {mark: True}
    verdict = await bench.ask(bench.message("alice", "a@host.test", **marks))
    assert isinstance(verdict, Refusal)
    assert bench.asked == []


# --- two questions ---------------------------------------------------------------------------


async def test_two_equal_answers_are_one(bench: Bench) -> None:
    assert isinstance(await _twice(bench, _whois()), Identity)
    assert bench.asked == ["WHOIS alice alice"] * 2


async def test_two_answers_that_differ_are_none(bench: Bench) -> None:
    """Another connection with the same looks, or rights that went meanwhile."""
    assert await _twice(bench, _whois(), _whois(signed_on=2000)) == Refusal("two answers differ")
    gone = [line for line in _whois() if " 313 " not in line]
    assert await _twice(bench, _whois(), gone) == Refusal("two answers differ")


# --- netsplits -------------------------------------------------------------------------------

SPLIT = ":carol!c@h QUIT :irc.test far.test"


@pytest.mark.parametrize("line", [SPLIT, ":carol!c@h QUIT :*.net *.split", ":irc.test NOTICE * :*** Netsplit far.test"])
async def test_in_a_netsplit_who_is_elsewhere_does_not_destroy(bench: Bench, line: str) -> None:
    """Who is on the bot's own server may; looking, and what can be undone, everybody may."""
    bench.hear(line)
    verdict = await _twice(bench, _whois(server="near.test"))
    assert isinstance(verdict, Refusal)
    assert "netsplit" in verdict.reason
    assert isinstance(await bench.ask(bench.message(), *_whois(server="near.test")), Identity)
    assert isinstance(await _twice(bench, _whois(server="IRC.test")), Identity)


@pytest.mark.parametrize(
    ("lines", "on"),
    [
        ([], False),
        ([SPLIT], True),
        ([":carol!c@h QUIT :Quit: irc.test far.test"], False),
        ([":carol!c@h QUIT :see you at far.test"], False),
        ([":carol!c@h QUIT :bye bye"], False),
        ([":carol!c@h NOTICE #opers :netsplit far.test"], False),
        ([SPLIT, ":carol!c@h JOIN #opers"], False),
        ([SPLIT, ":carol!x@y JOIN #opers"], True),
        ([SPLIT, ":dave!d@h QUIT :irc.test other.test", ":carol!c@h JOIN #opers"], True),
    ],
)
def test_what_a_netsplit_looks_like_and_how_it_ends(lines: list[str], on: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    """It begins with two servers for a reason, and ends when somebody of the lost ones is back."""
    watch = Splits()
    for line in lines:
        watch.feed(parse_line(line.encode()))
    assert watch.on is on


async def test_an_answer_from_the_lost_server_ends_the_split(bench: Bench) -> None:
    """The user's own server answers WHOIS: it is there."""
    bench.hear(SPLIT)
    assert isinstance(await _twice(bench, _whois(server="far.test")), Identity)
    assert isinstance(await _twice(bench, _whois(server="near.test")), Identity)


def test_a_split_that_nobody_saw_the_end_of_ends_by_itself() -> None:
    now = [0.0]
    watch = Splits(lambda: now[0])
    watch.feed(parse_line(SPLIT.encode()))
    assert watch.on
    now[0] = splits._SECONDS + 1
    assert not watch.on


def test_splits_are_bounded() -> None:
    watch = Splits()
    for number in range(500):
        watch.feed(parse_line(f":n{number}!c@h QUIT :irc.test far{number}.test".encode()))
        watch.feed(parse_line(f":m{number}!c@h QUIT :irc.test far.test".encode()))
    assert len(watch._lost) <= splits._MOST
    assert all(len(split.people) <= splits._MOST for split in watch._lost.values())


async def test_with_trusted_servers_people_on_others_only_look() -> None:
    bench = Bench(trusted_servers=["hub.test"])
    verdict = await bench.ask(bench.message(), *_whois(server="leaf.test"))
    assert isinstance(verdict, Refusal)
    assert "trusted_servers" in verdict.reason
    assert isinstance(await bench.ask(bench.message(), *_whois(server="leaf.test"), glance=True), Identity)
    for server in ("Hub.test", "irc.test"):
        assert isinstance(await bench.ask(bench.message(), *_whois(server=server)), Identity)


# --- an account that was restored ------------------------------------------------------------


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Alice's account was restored at 5000, while she was logged in to it."""
    bench = Bench()
    now = [5000.0]
    monkeypatch.setattr(bench.witness._logins, "_clock", lambda: now[0])
    bench.hear(f"{ALICE} ACCOUNT Alice")
    assert bench.restored.mark("ALICE", 5000)
    assert not bench.restored.mark("alice", 4000)
    now[0] = 5001.0
    return bench


@pytest.mark.parametrize("signed_on", [1000, 5000])
async def test_an_account_restored_under_somebody_proves_nothing(restored: Bench, signed_on: int) -> None:
    """An attacker can have the old owner's account restored and be logged in to it still."""
    verdict = await restored.ask(restored.message(), *_whois(signed_on=signed_on))
    assert isinstance(verdict, Identity)
    assert (verdict.account, verdict.restored_account) == (None, "Alice")


async def test_logging_in_again_proves_it(restored: Bench) -> None:
    """Also under another nick; but not for who takes the nick after them."""
    restored.hear(f"{ALICE} ACCOUNT Alice", f"{ALICE} NICK al", ":al!a@host.test NICK alice")
    verdict = await restored.ask(restored.message(), *_whois())
    assert isinstance(verdict, Identity)
    assert (verdict.account, verdict.restored_account) == ("Alice", None)
    restored.hear(f"{ALICE} QUIT :bye", f"{ALICE} JOIN #opers")
    verdict = await restored.ask(restored.message(), *_whois())
    assert isinstance(verdict, Identity)
    assert verdict.account is None


async def test_a_new_connection_proves_it(restored: Bench) -> None:
    """Services asked for the restored password."""
    verdict = await restored.ask(restored.message(), *_whois(signed_on=5001))
    assert isinstance(verdict, Identity)
    assert verdict.account == "Alice"


@pytest.mark.parametrize(
    "line", [f"{ALICE} ACCOUNT Bob", f"{ALICE} ACCOUNT *", ":alice!a@h PRIVMSG #opers :ACCOUNT Alice"]
)
async def test_another_login_proves_nothing(restored: Bench, line: str) -> None:
    restored.hear(line)
    verdict = await restored.ask(restored.message(), *_whois())
    assert isinstance(verdict, Identity)
    assert verdict.account is None


async def test_other_accounts_are_as_they_were(restored: Bench) -> None:
    verdict = await restored.ask(restored.message(account="Bob"), *_whois(account="Bob"))
    assert isinstance(verdict, Identity)
    assert verdict.account == "Bob"


def test_marks_are_bounded() -> None:
    marks = Restored()
    for number in range(5000):
        marks.mark(f"n{number}", number)
    assert marks.since("n4999") is not None
    assert marks.since("n0") is None


# --- a glance --------------------------------------------------------------------------------


async def test_a_glance_remembers_for_a_moment(bench: Bench) -> None:
    """One question for several looks; anything more is asked anew."""
    for _ in range(3):
        assert isinstance(await bench.ask(bench.message(), *_whois(), glance=True), Identity)
    assert len(bench.asked) == 1
    assert isinstance(await bench.ask(bench.message(), *_whois()), Identity)
    assert len(bench.asked) == 2


@pytest.mark.parametrize(
    "change",
    [
        f"{ALICE} NICK al",
        f"{ALICE} ACCOUNT *",
        f"{ALICE} CHGHOST a other.host",
        f"{ALICE} PART #opers",
        ":irc.test KICK #opers BackupServ :out",
        ":irc.test 731 BackupServ :alice",
    ],
)
async def test_a_glance_forgets_at_any_change(bench: Bench, change: str) -> None:
    assert isinstance(await bench.ask(bench.message(), *_whois(), glance=True), Identity)
    bench.hear(change, f"{US} JOIN #opers", f"{ALICE} JOIN #opers")
    bench.asked.clear()
    await bench.ask(bench.message(), *_whois(), glance=True)
    assert bench.asked == ["WHOIS alice alice"]


@pytest.mark.parametrize("other", [{"user_host": "x@host.test"}, {"account": "Bob"}, {"nick": "bob"}])
async def test_a_glance_is_for_the_same_person(bench: Bench, other: dict[str, str]) -> None:
    assert isinstance(await bench.ask(bench.message(), *_whois(), glance=True), Identity)
    bench.witness.desk.close("no answer")
    question = asyncio.create_task(bench.witness.identify(bench.message(**other), glance=True))
    await asyncio.sleep(0)
    bench.witness.close("no answer")
    assert await question == Refusal("no answer")


@pytest.mark.parametrize("mark", ["is_own", "is_history", "from_bot", "relayed"])
async def test_a_glance_is_not_for_what_is_nobodys_own_word(bench: Bench, mark: str) -> None:
    """Though the person behind it was there a moment ago."""
    assert isinstance(await bench.ask(bench.message(), *_whois(), glance=True), Identity)
    marks: dict[str, object] = {mark: True}
    assert isinstance(await bench.ask(bench.message("alice", "a@host.test", **marks), glance=True), Refusal)


async def test_a_glance_grows_old(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(await bench.ask(bench.message(), *_whois(), glance=True), Identity)
    monkeypatch.setattr(glances, "_SECONDS", -1)
    assert isinstance(await bench.ask(bench.message(), *_whois(), glance=True), Identity)
    assert len(bench.asked) == 2


# --- where we are ----------------------------------------------------------------------------


def test_names_compare_as_isupport_says() -> None:
    """On an ascii network `nick[` and `nick{` are two people."""
    bench = Bench(people=())
    bench.hear(":irc.test 005 BackupServ CASEMAPPING=ascii :are supported", ":nick[!n@h JOIN #opers")
    assert "nick[" in bench.witness.members
    assert "nick{" not in bench.witness.members
    assert Names().name("nick[") == Names().name("nick{")


@pytest.mark.parametrize(
    ("version", "software"),
    [
        ("irc.test UnrealIRCd-6.1.7 a b", "unrealircd"),
        ("irc.test InspIRCd-3 a b", "inspircd"),
        ("irc.test solanum-1.0-dev a b", "solanum"),
        ("irc.test ngircd-26.1 a b", "ngircd"),
        ("irc.test ergo-2.14 a b", "ergo"),
        ("irc.test something-1 a b", ""),
    ],
)
def test_the_servers_software_is_found_out(bench: Bench, version: str, software: str) -> None:
    bench.hear(f":irc.test 004 BackupServ {version}")
    assert bench.witness.surroundings.software == software


def test_the_servers_clock_is_the_one_that_counts(bench: Bench) -> None:
    """A server that is a minute off must not make every line history; a forged line does not set it, nor does 2001."""
    late = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    bench.hear(f"@time={late} :eve!e@h 366 BackupServ #opers :End", "@time=2001-01-01T00:00:00Z :irc.test PONG x")
    assert bench.witness.surroundings.skew == timedelta(0)
    bench.hear(f"@time={late} :irc.test 366 BackupServ #opers :End")
    assert 55 < bench.witness.surroundings.skew.total_seconds() < 65
