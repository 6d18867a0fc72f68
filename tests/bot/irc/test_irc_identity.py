"""Who wrote a line, now: every way to be taken for somebody else that was tried on real servers."""

import asyncio

import pytest

from bot.irc import whois
from bot.irc.identity import Identity, Refusal
from bot.irc.messages import Message
from tests.bot.irc.bench import Bench

OPER = [
    ":s 311 BackupServ alice a host.test * :Alice",
    ":s 312 BackupServ alice irc.test :a server",
    ":s 313 BackupServ alice :is an IRC Operator",
    ":s 330 BackupServ alice Alice :is logged in as",
    ":s 671 BackupServ alice :is using a secure connection",
    ":s 276 BackupServ alice :has client certificate fingerprint AB:cd:12",
    ":s 318 BackupServ alice :End of /WHOIS list.",
]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def _reason(bench: Bench, message: Message, *answer: str) -> str:
    verdict = await bench.ask(message, *answer)
    assert isinstance(verdict, Refusal), verdict
    return verdict.reason


async def test_an_oper_with_all_that_can_be_shown(bench: Bench) -> None:
    assert await bench.ask(bench.message(), *OPER) == Identity(
        nick="alice",
        user_host="a@host.test",
        account="Alice",
        is_oper=True,
        secure=True,
        certfps=("abcd12",),
        server="irc.test",
    )
    assert bench.asked == ["WHOIS alice alice"]


@pytest.mark.parametrize(
    "spoof",
    [
        ":s 320 BackupServ alice :is an IRC Operator",
        ":s 320 BackupServ alice :is a NetAdmin",
        ":s 310 BackupServ alice :is an IRC Operator",
        ":s 311 BackupServ alice a host.test * :is an IRC Operator 313",
        ":s 317 BackupServ alice 313 313 :313",
        ":mallory!m@h 313 BackupServ alice :is an IRC Operator",
        ":s 313 BackupServ mallory :is an IRC Operator",
        ":s NOTICE BackupServ :313 alice :is an IRC Operator",
    ],
)
async def test_a_text_that_reads_like_an_opers_is_none(bench: Bench, spoof: str) -> None:
    """Only the numeric 313, about that nick, from the server."""
    answer = [line for line in OPER if " 313 " not in line]
    verdict = await bench.ask(bench.message(), *answer[:-1], spoof, answer[-1])
    assert isinstance(verdict, Identity)
    assert not verdict.is_oper


@pytest.mark.parametrize(
    "change",
    [
        ":alice!a@host.test NICK mallory",
        ":mallory!m@h NICK alice",
        ":ALICE!a@host.test QUIT :bye",
        ":s KILL alice :collision",
        ":alice!a@host.test CHGHOST a other.host",
        ":alice!a@host.test ACCOUNT *",
        ":alice!a@host.test ACCOUNT Bob",
    ],
)
@pytest.mark.parametrize("when", ["before we ask", "while we ask", "in the answer", "right after the answer"])
async def test_a_nick_that_changes_hands_is_not_believed(bench: Bench, change: str, when: str) -> None:
    """From the line until we have judged; a race that works on three of five servers."""
    message = bench.message()
    if when == "before we ask":
        bench.hear(change)
        assert "may have changed" in await _reason(bench, message)
        assert bench.asked == []
        return
    answers = {
        "while we ask": [change, *OPER],
        "in the answer": [*OPER[:3], change, *OPER[3:]],
        "right after the answer": [*OPER, change],
    }
    assert "changed hands" in await _reason(bench, message, *answers[when])


async def test_what_changed_before_the_line_does_not_count(bench: Bench) -> None:
    """Who has come lately may speak."""
    bench.hear(":mallory!m@h NICK alice", ":bob!b@h QUIT")
    assert isinstance(await bench.ask(bench.message(), *OPER), Identity)


async def test_the_real_alice_behind_the_nick_is_not_who_spoke(bench: Bench) -> None:
    """The nick race as a private message: no NICK line is seen, but user@host is another."""
    assert "user@host" in await _reason(bench, bench.message(user_host="m@elsewhere"), *OPER)


async def test_a_bridge_that_borrows_her_nick_is_not_alice(bench: Bench) -> None:
    assert "user@host" in await _reason(bench, bench.message(user_host="bridge@irc.test"), *OPER)


@pytest.mark.parametrize("account", [None, "Bob"])
async def test_the_account_of_the_line_and_of_whois_must_agree(bench: Bench, account: str | None) -> None:
    assert "account" in await _reason(bench, bench.message(account=account), *OPER)


async def test_logged_out_since_the_line_is_noticed(bench: Bench) -> None:
    answer = [line for line in OPER if " 330 " not in line]
    assert "account" in await _reason(bench, bench.message(), *answer)


async def test_where_accounts_are_not_tagged_whois_alone_tells(bench: Bench) -> None:
    verdict = await bench.ask(bench.message(account=None, account_known=False), *OPER)
    assert isinstance(verdict, Identity)
    assert verdict.account == "Alice"


async def test_who_is_gone_is_nobody(bench: Bench) -> None:
    reason = await _reason(bench, bench.message(), ":s 401 BackupServ alice :No such nick", OPER[-1])
    assert reason == "no such nick any more"


@pytest.mark.parametrize("answer", [[], OPER[:-1]])
async def test_an_answer_without_its_end_is_none(
    bench: Bench, answer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when everything good has been said: the rest may have been worse."""
    monkeypatch.setattr(whois.WhoisDesk.ask, "__defaults__", (0.05,))
    assert "in time" in await _reason(bench, bench.message(), *answer)


async def test_a_late_answer_is_not_taken_for_the_next_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice's answer of a minute ago must not vouch for who bears her nick now."""
    monkeypatch.setattr(whois.WhoisDesk.ask, "__defaults__", (0.05,))
    assert "in time" in await _reason(bench, bench.message())
    assert "already" in await _reason(bench, bench.message())
    bench.hear(*OPER)
    assert isinstance(await bench.ask(bench.message(), *OPER), Identity)
    assert bench.asked == ["WHOIS alice alice"] * 2


async def test_who_asks_for_two_things_at_once_is_asked_about_twice(bench: Bench) -> None:
    """One question per nick at a time, each with an answer of its own; other nicks are asked about meanwhile."""
    first = asyncio.create_task(bench.witness.identify(bench.message()))
    second = asyncio.create_task(bench.witness.identify(bench.message("ALICE")))
    await asyncio.sleep(0)
    other = asyncio.create_task(bench.witness.identify(bench.message("bob", "b@h", account=None)))
    await asyncio.sleep(0)
    assert bench.asked == ["WHOIS alice alice", "WHOIS bob bob"]
    bench.hear(":s 311 BackupServ bob b h * :Bob", *OPER, ":s 318 BackupServ bob :End")
    assert isinstance(await first, Identity)
    verdict = await other
    assert isinstance(verdict, Identity)
    assert (verdict.nick, verdict.is_oper) == ("bob", False)
    await asyncio.sleep(0)
    assert bench.asked[2:] == ["WHOIS ALICE ALICE"]
    bench.hear(*OPER)
    assert isinstance(await second, Identity)


async def test_a_busy_server_vouches_for_nobody(bench: Bench) -> None:
    """263: it will not answer. It is asked once more, for what it knows itself; then nobody can say."""
    question = asyncio.create_task(bench.witness.identify(bench.message()))
    for _ in range(2):
        await asyncio.sleep(0)
        bench.hear(":s 263 BackupServ WHOIS :Please wait")
        await asyncio.sleep(0)
    verdict = await question
    assert isinstance(verdict, Refusal)
    assert "busy" in verdict.reason


async def test_a_link_that_ends_answers_nobody(bench: Bench) -> None:
    question = asyncio.create_task(bench.witness.identify(bench.message()))
    await asyncio.sleep(0)
    bench.witness.close("the connection ended")
    assert await question == Refusal("the connection ended")


async def test_a_line_of_an_earlier_connection_is_nobodys() -> None:
    """What happened while we were away was not seen."""
    old = Bench().message()
    later = Bench(first_serial=100)
    assert "may have changed" in await _reason(later, old)
    assert isinstance(await later.ask(later.message(), *OPER), Identity)


async def test_more_changes_than_can_be_remembered_are_not_forgotten(bench: Bench) -> None:
    """Memory is bounded: a line from before what was forgotten is refused, not believed."""
    message = bench.message()
    bench.hear(":alice!a@host.test QUIT", *[f":n{number}!x@y QUIT" for number in range(1500)])
    assert len(bench.witness._changes._changed) <= 1000
    assert "may have changed" in await _reason(bench, message)
    bench.hear(":alice!a@host.test JOIN #opers")
    assert isinstance(await bench.ask(bench.message(), *OPER), Identity)


@pytest.mark.parametrize(("casemapping", "same"), [("rfc1459", True), ("ascii", False)])
async def test_names_compare_as_the_network_says(bench: Bench, casemapping: str, same: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    """On an ascii network, a[ and a{ are two people."""
    bench.names.set_casemapping(casemapping)
    bench.hear(":a[!a@h JOIN #opers")
    message = bench.message("a[", "a@h", account=None)
    bench.hear(":A{!x@y QUIT :bye")
    answer = [":s 311 BackupServ a[ a h * :x", ":s 318 BackupServ a[ :End"]
    verdict = await bench.ask(message, *answer)
    assert isinstance(verdict, Refusal) is same


async def test_questions_are_bounded() -> None:
    """A crowd that asks does not make us ask without end."""
    bench = Bench(people=[f"n{number}!a@host.test" for number in range(50)])
    questions = [asyncio.create_task(bench.witness.identify(bench.message(f"n{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    assert len(bench.asked) == 20
    bench.witness.close("done")
    verdicts = await asyncio.gather(*questions)
    assert all(isinstance(verdict, Refusal) for verdict in verdicts)


@pytest.mark.parametrize(
    ("lines", "certfps"),
    [
        ([":s 276 b alice :has client certificate fingerprint abc1"], ("abc1",)),
        ([":s 276 b alice :has TLS (SSL) client certificate fingerprint abc1"], ("abc1",)),
        (
            [
                ":s 276 b alice :has client certificate fingerprint ABC1",
                ":s 276 b alice :has old client certificate fingerprint ff",
            ],
            ("abc1", "ff"),
        ),
        ([":s 276 b alice :has no idea"], ()),
        ([":s 276 b alice :has client certificate fingerprint none at all"], ()),
        ([":s 276 b alice :says: has client certificate fingerprint abc1"], ()),
        ([":s 276"], ()),
        (
            [f":s 276 b alice :has client certificate fingerprint {number:02x}" for number in range(99)],
            tuple(f"{number:02x}" for number in range(8)),
        ),
    ],
)
async def test_only_a_fingerprint_is_one(bench: Bench, lines: list[str], certfps: tuple[str, ...]) -> None:
    """InspIRCd 4 shows older forms of it as well; eight are enough."""
    verdict = await bench.ask(bench.message(account="Alice"), *OPER[:5], *lines, OPER[-1])
    assert isinstance(verdict, Identity)
    assert verdict.certfps == certfps
