"""What is ours and is not given: our nick, a place in our channel. Services are asked; nobody else is obeyed."""

import asyncio
import logging
import time
from pathlib import Path

import pytest

from bot.irc.events import Joined, LoggedIn, Warned
from bot.settings import IrcSettings
from tests.fakes_irc import SERVER, Peer, ScriptedServer, connected, settings_for

SERVICES = "services.test"
NICKSERV = "NickServ!services@services.host"
CHANSERV = "ChanServ!services@services.host"


def _settings(server: ScriptedServer, folder: Path, **more: object) -> IrcSettings:
    password = folder / "password"
    password.write_text("secret")
    password.chmod(0o600)
    sasl = {"mechanism": "PLAIN", "account": "BackupServ", "password": {"file": str(password)}}
    return settings_for(server, **({"sasl": sasl, "nick_check_seconds": 0.3, "lines_per_second": 50} | more))


async def _log_in(peer: Peer, *, nick: str = "BackupServ", isupport: str = "") -> None:
    """Let it in, logged in, and not into the channel; under another nick where that is given."""
    await peer.expect("^CAP LS")
    peer.send(f"{SERVER} CAP * LS :sasl=PLAIN")
    await peer.expect("^CAP REQ :sasl$")
    peer.send(f"{SERVER} CAP * ACK :sasl")
    await peer.expect("^AUTHENTICATE PLAIN$")
    peer.send("AUTHENTICATE +")
    await peer.expect("^AUTHENTICATE")
    if nick != "BackupServ":
        peer.send(f"{SERVER} 433 * BackupServ :taken")
        await peer.expect(f"^NICK {nick}$")
    peer.send(f"{SERVER} 900 * x!x@x BackupServ :in", f"{SERVER} 903 * :ok", f"{SERVER} 001 {nick} :hi")
    peer.send(f"{SERVER} 005 {nick} {isupport} :are supported")


async def _is_service(peer: Peer, us: str, mask: str, *, server: str = SERVICES) -> None:
    """WHOIS is asked, and where it is linked says whether it is one."""
    await peer.expect(f"^WHOIS .*{mask.partition('!')[0]}")
    _tell_whois(peer, us, mask, server)


def _tell_whois(peer: Peer, us: str, mask: str, server: str = SERVICES) -> None:
    nick, _, rest = mask.partition("!")
    user, _, host = rest.partition("@")
    peer.send(f"{SERVER} 311 {us} {nick} {user} {host} * :x", f"{SERVER} 312 {us} {nick} {server} :x")
    peer.send(f"{SERVER} 318 {us} {nick} :End")


# --- the nick --------------------------------------------------------------------------------


async def _while_taken(peer: Peer, pattern: str) -> str:
    """Somebody has our nick, until a line comes that matches."""
    while True:
        line = await peer.expect(f"^ISON BackupServ$|{pattern}")
        if not line.startswith("ISON"):
            return line
        await peer.ison("BackupServ_", "BackupServ")


async def test_services_are_asked_for_our_nick_in_each_of_their_words(server: ScriptedServer, tmp_path: Path) -> None:
    """REGAIN, and where that changes nothing GHOST; and the nick is taken when it is free."""
    async with connected(_settings(server, tmp_path)):
        peer = await server.accept()
        await _log_in(peer, nick="BackupServ_")
        for verb in ("REGAIN", "GHOST"):
            assert (await _while_taken(peer, "^WHOIS")).endswith("NickServ")
            _tell_whois(peer, "BackupServ_", NICKSERV)
            assert await _while_taken(peer, "^PRIVMSG NickServ") == f"PRIVMSG NickServ :{verb} BackupServ"
            peer.send(f":{NICKSERV} NOTICE BackupServ_ :as you say")
        await peer.expect("^ISON BackupServ$")
        await peer.ison("BackupServ_")
        await peer.expect("^NICK BackupServ$")


async def test_who_sits_under_nickserv_is_told_nothing(server: ScriptedServer, tmp_path: Path) -> None:
    """A person of our own server is no service."""
    async with connected(_settings(server, tmp_path)):
        peer = await server.accept()
        await _log_in(peer, nick="BackupServ_")
        await peer.expect("^ISON BackupServ$")
        await peer.ison("BackupServ_", "BackupServ")
        await _is_service(peer, "BackupServ_", NICKSERV, server="irc.test")
        await peer.expect("^ISON BackupServ$")
        assert not [line for line in peer.lines if "REGAIN" in line]


async def test_without_a_login_services_are_not_asked(server: ScriptedServer) -> None:
    """They would not know us."""
    async with connected(settings_for(server, nick_check_seconds=0.1)):
        peer = await server.accept()
        peer.send(f"{SERVER} CAP * LS :", f"{SERVER} 433 * BackupServ :taken", f"{SERVER} 001 BackupServ_ :hi")
        for _ in range(3):
            await peer.expect("^ISON BackupServ$")
            await peer.ison("BackupServ_", "BackupServ")
        assert not [line for line in peer.lines if line.startswith(("PRIVMSG", "WHOIS"))]


async def test_the_nick_is_watched_where_the_server_does_that(server: ScriptedServer, tmp_path: Path) -> None:
    """MONITOR tells at once; afterwards it is ended."""
    settings = _settings(server, tmp_path, regain=[])
    async with connected(settings):
        peer = await server.accept()
        await _log_in(peer, nick="BackupServ_", isupport="MONITOR=100")
        while True:
            line = await peer.expect("^(ISON|MONITOR)")
            if line.startswith("MONITOR"):
                break
            await peer.ison("BackupServ_", "BackupServ")
        assert line == "MONITOR + BackupServ"
        peer.send(f"{SERVER} 731 BackupServ_ :somebody!x@y,BackupServ")
        await peer.expect("^NICK BackupServ$")
        peer.send(":BackupServ_!backup@bot.host NICK :BackupServ")
        assert await peer.expect("^MONITOR") == "MONITOR - BackupServ"


async def test_a_nick_that_the_server_lets_nobody_have_is_told_once_and_seldom_asked_for(
    server: ScriptedServer,
) -> None:
    """`ServiceMask = *Serv` of ngIRCd: 432, each time."""
    async with connected(settings_for(server, nick_check_seconds=0.1, lines_per_second=50)) as seen:
        peer = await server.accept()
        refusal = f"{SERVER} 432 BackupServ_ BackupServ :Erroneous nickname"
        peer.send(f"{SERVER} CAP * LS :", refusal, f"{SERVER} 001 BackupServ_ :hi")
        began, times = time.monotonic(), list[float]()
        while (now := time.monotonic() - began) < 2:
            line = await peer.expect("^(ISON BackupServ|NICK BackupServ)$", 5)
            if line.startswith("ISON"):
                await peer.ison("BackupServ_")
                continue
            times.append(now)
            peer.send(refusal)
        assert 3 <= len(times) <= 6  # the first of hello; then after 0.2, 0.4, 0.8 and 1.6 s, not each tenth of one
        await peer.is_alive()
    warnings = [str(event) for event in seen.events if isinstance(event, Warned) and "refuses the nick" in str(event)]
    (warning,) = warnings
    assert "set irc.nick to another" in warning


async def test_a_nick_of_which_nothing_is_known_is_not_free(server: ScriptedServer) -> None:
    """No answer is no leave to take it."""
    async with connected(settings_for(server, nick_check_seconds=0.1)):
        peer = await server.accept()
        peer.send(f"{SERVER} CAP * LS :", f"{SERVER} 433 * BackupServ :taken", f"{SERVER} 001 BackupServ_ :hi")
        for _ in range(3):
            await peer.expect("^ISON BackupServ$")
        await peer.expect("^JOIN #opers")
        assert [line for line in peer.lines if line.startswith("NICK")] == ["NICK BackupServ", "NICK BackupServ_"]


# --- the channel -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shut", "answer", "joins"),
    [
        ("474 UNBAN", "You have been unbanned from \x02#opers\x02.", "JOIN #opers"),
        ("475 GETKEY", "Channel \x02#opers\x02 key is: swordfish", "JOIN #opers swordfish"),
        ("475 GETKEY", "Key for channel \x02#opers\x02 is \x02swordfish\x02.", "JOIN #opers swordfish"),
    ],
)
async def test_chanserv_is_asked_where_the_door_is_shut(  # noqa: PLR0917 — pytest passes them by name
    server: ScriptedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, shut: str, answer: str, joins: str
) -> None:
    """As Atheme and Anope answer; the key is in no log and in no event."""
    numeric, plea = shut.split()
    caplog.set_level(logging.DEBUG)
    async with connected(_settings(server, tmp_path, reconnect_limit_seconds=600, reconnect_seconds=50)) as seen:
        peer = await server.accept()
        await _log_in(peer)
        await peer.expect("^JOIN #opers$")
        peer.send(f"{SERVER} {numeric} BackupServ #opers :Cannot join channel")
        await _is_service(peer, "BackupServ", CHANSERV)
        assert await peer.expect("^PRIVMSG ChanServ") == f"PRIVMSG ChanServ :{plea} #opers"
        peer.send(f":{CHANSERV} NOTICE BackupServ :{answer}")
        assert await peer.expect("^JOIN") == joins
        peer.take_in()
        await seen.wait(Joined)
        assert "swordfish" not in caplog.text + "".join(map(repr, seen.events))


async def test_an_invitation_is_obeyed_from_whom_we_asked(server: ScriptedServer, tmp_path: Path) -> None:
    """From ChanServ or a server, to our own channel: not from a person, and not to any other place."""
    async with connected(_settings(server, tmp_path, reconnect_limit_seconds=600, reconnect_seconds=50)) as seen:
        peer = await server.accept()
        await _log_in(peer)
        await peer.expect("^JOIN #opers$")
        peer.send(":mallory!m@h INVITE BackupServ :#opers", f"{SERVER} INVITE BackupServ :#elsewhere")
        peer.send(f":{CHANSERV} INVITE BackupServ :#opers")  # nobody asked for it
        peer.send(f"{SERVER} 473 BackupServ #opers :Cannot join channel (+i)")
        await _is_service(peer, "BackupServ", CHANSERV)
        assert await peer.expect("^(PRIVMSG|JOIN)") == "PRIVMSG ChanServ :INVITE #opers"
        peer.send(":mallory!m@h INVITE BackupServ :#opers", f":{CHANSERV} INVITE BackupServ :#elsewhere")
        await peer.silent()
        peer.send(f":{CHANSERV} INVITE BackupServ :#opers")
        assert await peer.expect("^JOIN") == "JOIN #opers"
        peer.take_in()
        await seen.wait(Joined)


async def test_chanserv_is_not_asked_again_and_again(server: ScriptedServer, tmp_path: Path) -> None:
    """Once in a while: what it refused it refuses."""
    async with connected(_settings(server, tmp_path, reconnect_limit_seconds=3, reconnect_seconds=0.02)) as seen:
        peer = await server.accept()
        await _log_in(peer)
        peer.send(f"{SERVER} 473 BackupServ #opers :Cannot join channel (+i)")
        await _is_service(peer, "BackupServ", CHANSERV)
        await peer.expect("^PRIVMSG ChanServ :INVITE #opers$")
        peer.send(f":{CHANSERV} NOTICE BackupServ :You are not authorized to perform this operation.")
        for _ in range(3):
            await peer.expect("^JOIN #opers$")
            peer.send(f"{SERVER} 473 BackupServ #opers :Cannot join channel (+i)")
        await seen.times(Warned, 4)
        assert len([line for line in peer.lines if line.startswith("PRIVMSG ChanServ")]) == 1


async def test_without_a_login_chanserv_is_not_asked(server: ScriptedServer) -> None:
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        peer.send(f"{SERVER} CAP * LS :", f"{SERVER} 001 BackupServ :hi")
        for _ in range(2):
            await peer.expect("^JOIN #opers$")
            peer.send(f"{SERVER} 473 BackupServ #opers :Cannot join channel (+i)")
        await asyncio.sleep(0.2)
        await peer.is_alive()
        assert not [line for line in peer.lines if line.startswith(("PRIVMSG", "WHOIS"))]
        assert not [event for event in seen.events if isinstance(event, LoggedIn)]
