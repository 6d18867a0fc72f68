"""Every line that kills other clients, over a real TLS socket: survived, and obeyed by nobody."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.irc.events import Disconnected
from tests.bot.irc.deaf import deaf_session
from tests.fakes_irc import Scene

EVE = ":eve!e@evil.host"
HOSTILE: dict[str, str | bytes] = {
    "invalid UTF-8 in a message": EVE.encode() + b" PRIVMSG #opers :\xff\xfe\xc3",
    "invalid UTF-8 in a nick": b":\xff\xfe!\xc3@\xe2 JOIN #opers",
    "DCC without arguments": f"{EVE} PRIVMSG BackupServ :\x01DCC\x01",
    "CTCP without a word": f"{EVE} PRIVMSG BackupServ :\x01\x01",
    "half a CTCP": f"{EVE} PRIVMSG BackupServ :\x01",
    "QUIT without text": f"{EVE} QUIT",
    "PING without text": "PING",
    "PONG without text": "PONG",
    "NICK without prefix": "NICK",
    "NICK without a nick": f"{EVE} NICK",
    "an empty line": "",
    "one space": " ",
    "only a prefix": ":",
    "only a tag": "@",
    "tags without a line": "@a=b;;=;c ",
    "PRIVMSG with one parameter": f"{EVE} PRIVMSG #opers",
    "PRIVMSG without any": f"{EVE} PRIVMSG",
    "PRIVMSG without prefix": "PRIVMSG #opers :!status",
    "NOTICE with one parameter": f"{EVE} NOTICE #opers",
    "JOIN of a channel where we are not": f"{EVE} JOIN #elsewhere",
    "PART of a channel where we are not": f"{EVE} PART #elsewhere",
    "KICK from a channel where we are not": f"{EVE} KICK #elsewhere BackupServ",
    "KICK without parameters": f"{EVE} KICK",
    "MODE of a channel where we are not": f"{EVE} MODE #elsewhere +ov",
    "MODE without parameters": f"{EVE} MODE",
    "names of a channel where we are not": ":irc.test 353 BackupServ = #elsewhere :&@eve!e@h",
    "a name list without anything": ":irc.test 353",
    "a text that becomes LF when dequoted": f"{EVE} PRIVMSG #opers :a\x10nQUIT",
    "005 without parameters": ":irc.test 005",
    "005 with nothing in a token": ":irc.test 005 BackupServ CASEMAPPING= BOT= = :x",
    "CAP without parameters": "CAP",
    "CAP NEW without a list": "CAP * NEW",
    "CAP DEL of everything": ":irc.test CAP * DEL :sasl account-tag",
    "CAP ACK of what nobody asked for": ":irc.test CAP * ACK :sasl",
    "AUTHENTICATE out of the blue": "AUTHENTICATE +",
    "login numerics without parameters": "904",
    "WHOIS numerics nobody asked for": ":irc.test 311 BackupServ",
    "ISON nobody asked for": ":irc.test 303",
    "263 without parameters": ":irc.test 263",
    "396 without parameters": ":irc.test 396",
    "CHGHOST of ourselves with nothing": ":BackupServ!b@h CHGHOST",
    "a numeric that does not exist": ":irc.test 999",
    "a thousand parameters": "PRIVMSG " + "x " * 1000,
    "a time that is none": f"@time=0001-01-01T00:00:00+23:59 {EVE} PRIVMSG #opers :hello",
    "tags as long as they may be": "@" + ";".join(f"t{i}=\\:\\s\\\\" for i in range(700)) + f" {EVE} PRIVMSG #opers :x",
    "an unfinished escape": f"@a=b\\ {EVE} PRIVMSG #opers :x",
    "a lone CR inside": EVE.encode() + b" PRIVMSG #opers :!x\rJOIN #pwned",
    "a NUL inside": EVE.encode() + b" PRIVMSG #opers :!x\0JOIN #pwned",
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE.keys())
async def test_one_bad_line_hurts_nobody(scene: Scene, line: str | bytes) -> None:
    """The connection lives, answers, and still takes messages."""
    scene.peer.send(line)
    await scene.peer.is_alive()
    scene.peer.send(":alice!a@h PRIVMSG #opers :!after")
    await scene.seen.said("!after")
    assert not [event for event in scene.seen.events if isinstance(event, Disconnected)]
    assert not [line for line in scene.peer.lines if "pwned" in line]


async def test_all_of_them_in_one_breath(scene: Scene) -> None:
    """And the outbox was not filled by them: what is asked afterwards is answered at once."""
    scene.peer.send(*HOSTILE.values())
    await scene.peer.is_alive()


async def test_text_that_would_become_a_line_stays_text(scene: Scene) -> None:
    r"""`\x10r` is CR for who dequotes CTCP; echoed, it must not become a command on servers that end lines at CR."""
    scene.peer.send(f"{EVE} PRIVMSG #opers :!x\x10rJOIN #pwned")
    message = await scene.seen.message()
    assert message.text == "!x\x10rJOIN #pwned"
    scene.seen.connection.say("#opers", f"unknown command: {message.text}")
    assert await scene.peer.expect("unknown command") == "PRIVMSG #opers :unknown command: !x\x10rJOIN #pwned"


async def test_cr_lf_and_nul_never_leave(scene: Scene) -> None:
    """Whoever writes them, in a text or in a target."""
    scene.seen.connection.say("#opers", "a\r\nQUIT :b\0c\rJOIN #pwned")
    assert await scene.peer.expect("^PRIVMSG") == "PRIVMSG #opers :a  QUIT :b c JOIN #pwned"
    scene.seen.connection.say("#opers\r\nQUIT", "x")
    scene.seen.connection.say("#opers,#other", "x")
    scene.seen.connection.say("", "x")
    await scene.peer.is_alive()
    assert not any(line.startswith("QUIT") for line in scene.peer.lines)
    assert sum(line.startswith("PRIVMSG") for line in scene.peer.lines) == 1


async def test_nobody_can_make_us_ask_others_for_ctcp(scene: Scene) -> None:
    """A text that begins with 0x01 would be a CTCP request from us."""
    scene.seen.connection.say("#opers", "\x01DCC SEND x\x01")
    assert await scene.peer.expect("^PRIVMSG") == "PRIVMSG #opers : DCC SEND x "


async def test_a_line_without_end_ends_the_connection(scene: Scene) -> None:
    """Memory is bounded: we do not wait for the end of it."""
    scene.peer.send_raw(b"x" * 100_000)
    await scene.peer.gone()
    assert "without end" in (await scene.seen.wait(Disconnected)).reason
    await (await scene.server.accept()).expect("^CAP LS")


async def test_a_line_as_long_as_tags_allow_is_taken(scene: Scene) -> None:
    """8191 bytes of tags and 512 of line are legal."""
    tags = "@" + "a" * 8188 + " "
    scene.peer.send(f"{tags}{EVE} PRIVMSG #opers :{'y' * 400}")
    assert (await scene.seen.message()).text == "y" * 400


async def test_a_server_that_does_not_read_does_not_fill_our_memory(scene: Scene) -> None:
    """Its PINGs would be answered into a buffer that only grows."""
    ping = b"PING :" + b"p" * 480 + b"\r\n"
    for _ in range(200):
        scene.peer.send_raw(ping * 100)
        await asyncio.sleep(0)
    reason = (await scene.seen.wait(Disconnected, 20)).reason
    assert "does not read" in reason


# The protocol's own words: what is made of them gets further in than noise would.
VERBS = "CAP PING PONG NICK JOIN PART KICK QUIT KILL MODE PRIVMSG NOTICE ERROR AUTHENTICATE CHGHOST ACCOUNT BATCH"
NUMERICS = "001 005 263 276 303 311 312 313 318 330 381 396 401 433 437 464 465 473 671 900 901 903 904 908"
PARAMETERS = (
    "LS ACK NAK NEW DEL * :* :sasl sasl BackupServ #opers #Opers eve : + :+ :\x01VERSION\x01 BOT=B CASEMAPPING=ascii"
)
BEFORE = "@time=x;a=b @batch=1 :BackupServ!b@h :eve!e@h :irc.test :"
WORDS = st.sampled_from(f"{VERBS} {NUMERICS} {PARAMETERS} {BEFORE}".split(" "))
LINES = st.lists(WORDS | st.text(max_size=20), min_size=1, max_size=8).map(
    lambda words: " ".join(words).encode("utf-8", "replace")
)


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINES | st.binary(max_size=80), max_size=40))
def test_no_line_reaches_the_log_as_an_exception(lines: list[bytes]) -> None:
    """Lines made of the protocol's own words, and random bytes, looked at by everything that looks at lines."""
    assert asyncio.run(deaf_session(b"\n".join(lines))) == []
