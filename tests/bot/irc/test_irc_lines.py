"""What a line says, and what of it can ever be a command."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.irc.casemap import Name
from bot.irc.messages import Line, Message, parse_line, read_message

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ALICE = ":alice!a@h"


def _read(line: str) -> Message | None:
    return read_message(parse_line(line.encode()), own=Name("BackupServ"), account_tags=True, now=NOW)


def _message(line: str) -> Message:
    message = _read(line)
    assert message is not None
    return message


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b":a!b@c PRIVMSG #x :hello  world ", Line(prefix="a!b@c", verb="PRIVMSG", params=("#x", "hello  world "))),
        (b"PING :x:y", Line(verb="PING", params=("x:y",))),
        (b"ping x", Line(verb="PING", params=("x",))),
        (b":s  001  n  :hi", Line(prefix="s", verb="001", params=("n", "hi"))),
        (b":s CAP * LS :", Line(prefix="s", verb="CAP", params=("*", "LS", ""))),
        (b":s CAP * ACK :sasl ", Line(prefix="s", verb="CAP", params=("*", "ACK", "sasl "))),
        (b"@a=1;b;c= :s X", Line(tags={"a": "1", "b": "", "c": ""}, prefix="s", verb="X")),
        (b"@a=x\\:\\s\\\\y\\ X", Line(tags={"a": "x; \\y"}, verb="X")),
        (b"", Line()),
        (b"   ", Line()),
        (b":", Line()),
        (b":only-a-prefix", Line(prefix="only-a-prefix")),
        (b"@only-a-tag", Line(tags={"only-a-tag": ""})),
    ],
)
def test_a_line_is_taken_apart_as_the_protocol_says(raw: bytes, expected: Line) -> None:
    assert parse_line(raw) == expected


def test_only_the_space_parts_words() -> None:
    """A channel may be called "#opers", no-break space, "x": it is not #opers, and the text is not its second word."""
    message = _message(f"{ALICE} PRIVMSG #opers\u00a0x :!restore all")
    assert message.channel == "#opers\u00a0x"
    assert message.text == "!restore all"


@given(st.binary(max_size=600))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    """Not the line, nor the message in it."""
    line = parse_line(raw)
    read_message(line, own=Name("BackupServ"), account_tags=True, now=NOW)
    assert line.param(99) == ""


@given(st.text(max_size=200))
def test_no_tags_and_no_text_make_it_raise(text: str) -> None:
    line = f"@time={text};account={text} {ALICE} PRIVMSG #opers :{text}"
    read_message(parse_line(line.encode("utf-8", "replace")), own=Name("BackupServ"), account_tags=True, now=NOW)


def test_a_message_of_a_person() -> None:
    """All that the line says about who wrote it, and nothing more."""
    message = _message(f"@account=alice;time=2026-11-23T09:29:58.123Z {ALICE} PRIVMSG #opers :!status")
    assert (message.nick, message.user_host, message.account, message.channel) == ("alice", "a@h", "alice", "#opers")
    assert message.at == datetime(2026, 11, 23, 9, 29, 58, 123000, tzinfo=UTC)
    assert not any((message.is_history, message.from_bot, message.relayed, message.is_own))


def test_no_account_tag_means_not_logged_in_only_where_accounts_are_tagged() -> None:
    assert _message(f"{ALICE} PRIVMSG #opers :x").account_known
    line = parse_line(f"{ALICE} PRIVMSG #opers :x".encode())
    untagged = read_message(line, own=Name("BackupServ"), account_tags=False, now=NOW)
    assert untagged is not None
    assert not untagged.account_known


@pytest.mark.parametrize(
    "line",
    [
        f"{ALICE} NOTICE #opers :!status",
        f"{ALICE} PRIVMSG #opers :\x01ACTION !status\x01",
        f"{ALICE} PRIVMSG BackupServ :\x01VERSION\x01",
        f"{ALICE} PRIVMSG #opers :",
        f"{ALICE} PRIVMSG #opers",
        f"{ALICE} PRIVMSG $$*.net :!status",
        f"{ALICE} PRIVMSG somebody-else :!status",
        f"{ALICE} TAGMSG #opers",
    ],
)
def test_what_can_never_be_a_command(line: str) -> None:
    """Notices, actions, other CTCP, what is said to many at once or to another."""
    assert _read(line) is None


@pytest.mark.parametrize("mark", ["@", "+", "~&@", "~"])
def test_what_is_said_to_some_of_a_channel_is_no_command(mark: str) -> None:
    """STATUSMSG: the others would see an answer to what they never heard."""
    assert _read(f"{ALICE} PRIVMSG {mark}#opers :!status") is None


def test_our_own_name_compares_as_the_network_compares() -> None:
    """In private is what is said to us, however our nick is written."""
    assert _message(f"{ALICE} PRIVMSG backupSERV :!status").channel is None
    assert _message(":BACKUPSERV!b@h PRIVMSG #opers :!status").is_own


@pytest.mark.parametrize(
    "tags",
    [
        "batch=7",
        "time=2026-11-23T09:29:30Z",
        "time=2026-11-23T09:31:00Z",
        "znc.in/playback",
        "time=2020-01-01T00:00:00Z",
    ],
)
def test_history_is_known_as_such(tags: str) -> None:
    """A batch, a bouncer's playback, a time that is not now: nobody says this at this moment."""
    assert _message(f"@{tags} {ALICE} PRIVMSG #opers :!status").is_history


@pytest.mark.parametrize("tag", ["bot", "draft/bot", "inspircd.org/bot"])
def test_bots_are_known_as_such(tag: str) -> None:
    assert _message(f"@{tag} {ALICE} PRIVMSG #opers :!status").from_bot


def test_a_client_cannot_tag_itself() -> None:
    """What a client adds begins with "+", and means nothing here."""
    message = _message(f"@+account=root;+draft/relaymsg=x;+bot {ALICE} PRIVMSG #opers :!status")
    assert message.account is None
    assert not message.from_bot
    assert not message.relayed


@pytest.mark.parametrize(
    "line",
    [
        "@draft/relaymsg=bridge :kaizen!bridge@irc.test PRIVMSG #opers :!restore everything",
        ":kaizen/discord!x@y PRIVMSG #opers :!status",
        ":kaizen PRIVMSG #opers :!status",
        ":irc.test PRIVMSG #opers :!status",
        ":kaizen!nobody PRIVMSG #opers :!status",
        "PRIVMSG #opers :!status",
    ],
)
def test_a_relayed_line_is_nobodys_word(line: str) -> None:
    """A bridge speaks under any name it likes, an oper's too; who has no user@host cannot be compared."""
    assert _message(line).relayed
