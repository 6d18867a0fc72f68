"""What WHOIS, WHO and a tag on the line say about somebody, and in which shapes."""

import asyncio

import pytest

from bot.irc import identities, whois
from bot.irc.identity import Identity, Refusal
from bot.irc.oper_text import OperBlock, oper_block
from tests.bot.irc.bench import Bench

PLAIN = (
    ":irc.test 311 BackupServ alice a host.test * :Alice",
    ":irc.test 312 BackupServ alice irc.test :a server",
    ":irc.test 330 BackupServ alice Alice :is logged in as",
)
OPER = ":irc.test 313 BackupServ alice :is an IRC Operator"
END = ":irc.test 318 BackupServ alice :End of /WHOIS list."
WHOX = ":irc.test 005 BackupServ WHOX PREFIX=(qaohv)~&@%+ CASEMAPPING=ascii NETWORK=LabNet :are supported"
SOLANUM = {"account-tag", "message-tags", "solanum.chat/oper"}


async def _settle() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


# --- the text of 313 -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("software", "text", "expected"),
    [
        ("unrealircd", "is an IRC Operator (hid) [netadmin]", OperBlock("hid", "netadmin")),
        ("unrealircd", "is an IRC Operator", OperBlock()),
        ("unrealircd", "is an IRC Operator (a) [b] (c) [d]", OperBlock()),
        ("unrealircd", "is an IRC Operator (a b) [netadmin]", OperBlock()),
        ("solanum", "is opered as hid, privset hiddenadm", OperBlock("hid", "hiddenadm")),
        ("solanum", "is a Server Administrator", OperBlock()),
        ("inspircd", "is a NetAdmin on LabNet", OperBlock("", "NetAdmin")),
        ("inspircd", "is an Ircop", OperBlock("", "Ircop")),
        ("inspircd", "is a Net Admin on LabNet", OperBlock("", "Net Admin")),
        ("ngircd", "is an IRC operator", OperBlock()),
        ("ergo", "is an IRC Operator (root) [netadmin]", OperBlock()),
        ("", "is opered as root, privset admin", OperBlock()),
    ],
)
def test_block_and_class_are_read_in_the_shape_of_each_server(software: str, text: str, expected: OperBlock) -> None:
    """Free text elsewhere: on Ergo an oper block may say anything."""
    assert oper_block(text, software, "LabNet") == expected


@pytest.mark.parametrize(
    "line",
    [
        ":irc.test 320 BackupServ alice :is an IRC Operator (root) [netadmin]",
        ":alice!a@host.test 313 BackupServ alice :is an IRC Operator (root) [netadmin]",
        ":irc.test 311 BackupServ alice a host.test * :is an IRC Operator (root) [netadmin]",
        ":irc.test 301 BackupServ alice :is an IRC Operator (root) [netadmin]",
        ":irc.test 379 BackupServ alice :is using modes +oH",
    ],
)
async def test_no_text_of_a_persons_own_makes_an_oper(line: str) -> None:
    """A title, a line that a person forged, a real name, an away message."""
    bench = Bench()
    bench.hear(":irc.test 004 BackupServ irc.test UnrealIRCd-6.1.7 a b")
    verdict = await bench.ask(bench.message(), *PLAIN, line, END)
    assert isinstance(verdict, Identity)
    assert (verdict.is_oper, verdict.oper_name, verdict.oper_class) == (False, None, None)


# --- WHO, where WHOIS shows no operator ------------------------------------------------------


async def _asked_by_who(*rows: str, isupport: str = WHOX) -> Identity | Refusal:
    bench = Bench()
    bench.hear(isupport)
    question = asyncio.create_task(bench.witness.identify(bench.message()))
    await _settle()
    bench.hear(*PLAIN, END)
    await _settle()
    assert bench.asked == ["WHOIS alice alice", "WHO alice %tuhsnfa,1"]
    bench.hear(*rows)
    return await question


@pytest.mark.parametrize(("flags", "is_oper"), [("H*", True), ("H", False), ("G*s", True), ("Hs@", False)])
async def test_who_is_asked_where_whois_shows_no_oper(flags: str, is_oper: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    """Solanum can hide opers in WHOIS alone."""
    verdict = await _asked_by_who(f":irc.test 354 BackupServ 1 a host.test irc.test alice {flags} Alice")
    assert isinstance(verdict, Identity)
    assert verdict.is_oper is is_oper


@pytest.mark.parametrize(
    "row",
    [
        ":irc.test 354 BackupServ 1 mallory host.test irc.test alice H* Alice",
        ":irc.test 354 BackupServ 1 a elsewhere irc.test alice H* Alice",
        ":irc.test 354 BackupServ 1 a host.test irc.test alice H* 0",
        ":irc.test 354 BackupServ 1 a host.test irc.test alice H* Bob",
    ],
)
async def test_who_and_whois_must_show_the_same_person(row: str) -> None:
    assert await _asked_by_who(row) == Refusal("WHO and WHOIS show different people")


@pytest.mark.parametrize(
    "row",
    [
        ":irc.test 354 BackupServ 2 a host.test irc.test alice H* Alice",
        ":irc.test 354 BackupServ 1 a host.test irc.test bob H* Alice",
        ":irc.test 354 BackupServ 1 a host.test irc.test alice H*",
        ":irc.test 352 BackupServ #opers a host.test irc.test alice H* :0 x",
        ":alice!a@host.test 354 BackupServ 1 a host.test irc.test alice H* Alice",
    ],
    ids=["another token", "another nick", "a field short", "no token", "from a person"],
)
async def test_a_row_that_is_no_answer_to_ours_counts_for_nothing(row: str) -> None:
    verdict = await _asked_by_who(row, ":irc.test 315 BackupServ alice :End of /WHO list.")
    assert isinstance(verdict, Identity)
    assert not verdict.is_oper


@pytest.mark.parametrize(
    "isupport",
    [WHOX.replace("~&@%+", "*~&@%+"), WHOX.replace("WHOX ", "")],
    ids=["a mark that looks like it", "no WHOX"],
)
async def test_where_the_flag_may_mean_something_else_who_is_not_asked(isupport: str) -> None:
    """InspIRCd's customprefix can make "*" a channel mark, which any founder may give."""
    bench = Bench()
    bench.hear(isupport)
    verdict = await bench.ask(bench.message(), *PLAIN, END)
    assert isinstance(verdict, Identity)
    assert not verdict.is_oper
    assert bench.asked == ["WHOIS alice alice"]


# --- Solanum's tag ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "answer", "is_oper", "name"),
    [
        ({"solanum.chat/oper": "hid"}, "is opered as hid, privset adm", True, "hid"),
        ({"solanum.chat/oper": ""}, "is an IRC Operator", True, None),
        ({"solanum.chat/oper": "hid"}, "is an IRC Operator", True, "hid"),
        ({}, "is opered as hid, privset adm", False, None),
        ({"+solanum.chat/oper": "hid"}, "is opered as hid, privset adm", False, None),
        ({"solanum.chat/oper": "hid"}, "", False, None),
    ],
    ids=["both", "no block told", "block by tag", "WHOIS alone", "a client's own tag", "no oper any more"],
)
async def test_solanums_tag_and_whois_must_both_say_so(
    tags: dict[str, str],
    answer: str,
    is_oper: bool,  # noqa: FBT001 — pytest passes parameters by name
    name: str | None,
) -> None:
    """The tag was true at the line, WHOIS is true now."""
    bench = Bench(enabled=SOLANUM)
    bench.hear(":irc.test 004 BackupServ irc.test solanum-1.0-dev DGQRSZaghilopsuwz CFILMPQRSTbcefgijklmnopqrstuvz")
    numeric = [f":irc.test 313 BackupServ alice :{answer}"] if answer else []
    verdict = await bench.ask(bench.message(tags=tags), *PLAIN, *numeric, END)
    assert isinstance(verdict, Identity)
    assert (verdict.is_oper, verdict.oper_name) == (is_oper, name)


async def test_two_oper_blocks_are_two_people() -> None:
    bench = Bench(enabled=SOLANUM)
    bench.hear(":irc.test 004 BackupServ irc.test solanum-1.0-dev a b")
    numeric = ":irc.test 313 BackupServ alice :is opered as root, privset adm"
    verdict = await bench.ask(bench.message(tags={"solanum.chat/oper": "hid"}), *PLAIN, numeric, END)
    assert isinstance(verdict, Refusal)
    assert "oper block" in verdict.reason


async def test_the_tag_means_nothing_where_the_server_does_not_promise_it() -> None:
    """Only where the capability was agreed is it the server's own word."""
    bench = Bench()
    verdict = await bench.ask(bench.message(tags={"solanum.chat/oper": "root"}), *PLAIN, END)
    assert isinstance(verdict, Identity)
    assert not verdict.is_oper


# --- labels ----------------------------------------------------------------------------------

LABELS = {"batch", "labeled-response", "message-tags"}


def _in_batch(*lines: str) -> list[str]:
    begin = "@label=w1 :irc.test BATCH +7 labeled-response"
    return [begin, *[f"@batch=7 {line}" for line in lines], ":irc.test BATCH -7"]


async def test_only_lines_under_our_label_are_an_answer() -> None:
    """What comes without it, or under another, is somebody else's WHOIS or a forged one."""
    bench = Bench(enabled=LABELS)
    stray = [f"{tag}{line}" for tag in ("", "@label=w9 ", "@batch=9 ") for line in (*PLAIN, OPER, END)]
    verdict = await bench.ask(bench.message(), *stray, *_in_batch(*PLAIN, END))
    assert bench.asked == ["@label=w1 WHOIS alice alice"]
    assert isinstance(verdict, Identity)
    assert (verdict.account, verdict.is_oper) == ("Alice", False)


async def test_after_an_ack_the_answer_comes_without_a_label() -> None:
    """InspIRCd about a user of another server: it has to ask there first."""
    bench = Bench(enabled=LABELS)
    verdict = await bench.ask(bench.message(), OPER, "@label=w1 :irc.test ACK", *PLAIN, END)
    assert isinstance(verdict, Identity)
    assert not verdict.is_oper


async def test_an_answer_of_one_line_bears_the_label_itself() -> None:
    bench = Bench(enabled=LABELS)
    verdict = await bench.ask(bench.message(), "@label=w1 :irc.test 402 BackupServ alice :No such server")
    assert verdict == Refusal("no such nick any more")


async def test_a_server_that_does_not_keep_its_promise_is_asked_without_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer is lost, and is refused; the next one is heard."""
    monkeypatch.setattr(whois.WhoisDesk.ask, "__defaults__", (0.05,))
    bench = Bench(enabled=LABELS)
    verdict = await bench.ask(bench.message(), *PLAIN, END)
    assert isinstance(verdict, Refusal)
    bench.witness.desk._open.clear()  # a minute later
    assert isinstance(await bench.ask(bench.message(), *PLAIN, END), Identity)
    assert bench.asked == ["@label=w1 WHOIS alice alice", "WHOIS alice alice"]


async def test_where_other_servers_may_not_be_asked_now_ours_says_what_it_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Solanum: 263 for the question to the user's own server, as somebody asked another one a moment ago."""
    monkeypatch.setattr(identities, "_GAP_SECONDS", 0)
    bench = Bench()
    question = asyncio.create_task(bench.witness.identify(bench.message(), twice=True))
    since = ":irc.test 317 BackupServ alice 3 1000 :seconds idle, signon time"
    for answer in ((*PLAIN, OPER, since, END), (":irc.test 263 BackupServ WHOIS :Please wait",), (*PLAIN, OPER, END)):
        await _settle()
        bench.hear(*answer)
        await _settle()
    assert isinstance(await question, Identity)
    assert bench.asked == ["WHOIS alice alice", "WHOIS alice alice", "WHOIS alice"]
