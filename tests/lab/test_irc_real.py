"""The bot's connection on Debian's InspIRCd with Atheme, over TLS."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.certificates import make_client
from bot.irc.events import Connected, Disconnected, Joined, LoggedIn, Opered, SaslFailed
from bot.irc.identity import Identity, Refusal
from bot.irc.services import IrcServices
from tests.fakes_irc import Seen, connected
from tests.lab.connecting import irc_settings, secret
from tests.lab.network import Lab
from tests.lab.people import join_as
from tests.lab.person import Person

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


@pytest.fixture
async def seen(town: Lab, tmp_path: Path) -> AsyncIterator[Seen]:
    """The bot on the network: logged in, an operator, in the channel."""
    await asyncio.to_thread(town.start_services)
    async with connected(irc_settings(town, tmp_path)) as bot:
        await bot.wait(Joined, 20)
        await bot.wait(Opered)
        yield bot


async def _in_channel(lab: Lab, nick: str, *, password: str = "", oper: bool = False) -> Person:
    """Somebody in the opers' channel; what blocks is done beside the loop, as the bot lives in it."""

    def come() -> Person:
        person = join_as(lab, nick, password=password)
        if oper:
            person.send("OPER labop labop-password")
            person.wait(" 381 ")
        person.send("JOIN #opers")
        person.wait(" 366 ")
        return person

    return await asyncio.to_thread(come)


def _services_leave(lab: Lab) -> None:
    """Stop services. InspIRCd does not always see at once that their link is dead, so an oper cuts it."""
    lab.stop_services()
    with Person("cutter", lab.tls_port, lab.ca) as oper:
        oper.send("OPER labop labop-password")
        oper.wait(" 381 ")
        oper.send("SQUIT services.lab.test :gone")
        for _ in range(20):
            oper.send("ISON OperServ")
            if "OperServ" not in oper.wait(" 303 "):
                return
        raise AssertionError("services are still there")


async def test_it_logs_in_before_it_is_let_in(seen: Seen, town: Lab) -> None:
    """SASL PLAIN, then OPER and the channel; others see our account."""
    kinds = [type(event) for event in seen.events]
    assert kinds.index(LoggedIn) < kinds.index(Connected)
    assert SaslFailed not in kinds
    with await _in_channel(town, "bob") as bob:
        bob.send("WHOIS BackupServ")
        line = await asyncio.to_thread(bob.wait, " 330 ")
        assert " BackupServ BackupServ :" in line
        bob.send("WHOIS BackupServ")
        await asyncio.to_thread(bob.wait, " 313 ")


async def test_a_certificate_is_login_enough(town: Lab, tmp_path: Path) -> None:
    """SASL EXTERNAL: the one that alice has told NickServ about; another one is not taken."""
    make_client(tmp_path, "stranger")
    for folder, name, event in ((town.folder, "alice", LoggedIn), (tmp_path, "stranger", SaslFailed)):
        tls = {"ca_file": str(town.ca), "certificate": str(folder / f"{name}.pem"), "key": str(folder / f"{name}.key")}
        async with connected(irc_settings(town, tmp_path, tls=tls, sasl={"mechanism": "EXTERNAL"})) as bot:
            await bot.wait(event, 20)
            await bot.wait(Joined, 20)


async def test_a_wrong_password_keeps_it_not_out(town: Lab, tmp_path: Path) -> None:
    sasl = {"account": "BackupServ", "password": secret(tmp_path, "wrong")}
    async with connected(irc_settings(town, tmp_path, sasl=sasl)) as bot:
        await bot.wait(Joined, 20)
        assert bot.first(SaslFailed).reason


async def test_an_oper_is_known_and_a_spoof_is_not(seen: Seen, town: Lab) -> None:
    """root1 is an oper with an account; bob calls himself one in his real name, and has neither."""
    with await _in_channel(town, "root1", password="root1-password", oper=True) as root:
        root.say("#opers", "!one")
        identity = await seen.connection.identify(await seen.said("!one"))
        assert isinstance(identity, Identity), identity
        assert (identity.account, identity.is_oper, identity.secure) == ("root1", True, True)
        assert identity.server == "irc.lab.test"
    with await _in_channel(town, "mallory") as mallory:
        mallory.say("#opers", "!two")
        identity = await seen.connection.identify(await seen.said("!two"))
        assert isinstance(identity, Identity), identity
        assert (identity.account, identity.is_oper) == (None, False)


async def test_a_title_in_whois_makes_no_oper(seen: Seen, town: Lab) -> None:
    """Swhois prints 320 with any text: this one reads like the real thing, given by an oper by mistake."""
    with await _in_channel(town, "root1", oper=True) as root, await _in_channel(town, "mallory") as mallory:
        root.send("SWHOIS mallory :is a NetAdmin")
        root.send("WHOIS mallory")
        await asyncio.to_thread(root.wait, " 320 ")  # on the same connection: the title is there by now
        mallory.send("WHOIS mallory")
        assert "is a NetAdmin" in await asyncio.to_thread(mallory.wait, " 320 ")
        mallory.say("#opers", "!title")
        identity = await seen.connection.identify(await seen.said("!title"))
        assert isinstance(identity, Identity), identity
        assert not identity.is_oper


async def test_a_nick_that_went_to_an_oper_meanwhile_is_refused(seen: Seen, town: Lab) -> None:
    """The race: mallory speaks, gives the nick away, and the oper takes it before we ask."""
    with await _in_channel(town, "root1", oper=True) as root, await _in_channel(town, "staff1") as mallory:
        mallory.say("#opers", "!race")
        mallory.send("NICK mallory")
        await asyncio.to_thread(mallory.wait, " NICK ")
        root.send("NICK staff1")
        await asyncio.to_thread(root.wait, " NICK ")
        verdict = await seen.connection.identify(await seen.said("!race"))
        assert isinstance(verdict, Refusal), verdict


async def test_services_are_asked_and_told_from_who_takes_their_nick(seen: Seen, town: Lab) -> None:
    """While they run, OperServ answers; while they are down, whoever sits under its nick does not count."""
    assert await seen.connection.service_online("NickServ", 5)
    assert await seen.connection.nick_online("NickServ", 5)
    with await _in_channel(town, "root1", password="root1-password") as root:
        root.say("NickServ", "INFO root1")
        await asyncio.to_thread(root.wait, "End of Info")
    lines = await seen.connection.ask_services("NickServ", "INFO root1", timeout=5)
    assert any("root1" in line for line in lines)
    loop = asyncio.get_running_loop()
    services = IrcServices(seen.connection, loop, operserv="OperServ", nickserv="NickServ", timeout=5)
    await asyncio.to_thread(services.set_property, "backupserv-canary", "1a2b3c4d5e6f7a8b")
    await asyncio.to_thread(town.save)
    assert b"MDU BackupServ backupserv-canary 1a2b3c4d5e6f7a8b\n" in town.database.read_bytes()
    await asyncio.to_thread(_services_leave, town)
    try:
        with Person("OperServ", town.tls_port, town.ca) as thief:
            assert await seen.connection.nick_online("OperServ", 5)
            assert not await seen.connection.service_online("OperServ", 5)
            assert await seen.connection.ask_services("OperServ", "UPDATE", timeout=3) == []
            await asyncio.to_thread(thief.hears_nothing, "UPDATE", 0.3)
    finally:
        await asyncio.to_thread(town.start_services)


async def test_services_that_were_down_at_the_start_are_logged_in_to_when_they_come(town: Lab, tmp_path: Path) -> None:
    """InspIRCd 3 does not announce them; we look from time to time."""
    await asyncio.to_thread(_services_leave, town)
    async with connected(irc_settings(town, tmp_path, nick_check_seconds=0.5)) as bot:
        await bot.wait(Joined, 20)
        await bot.wait(SaslFailed)
        await asyncio.to_thread(town.start_services)
        await bot.wait(LoggedIn, 20)


async def test_our_nick_comes_back_to_us(town: Lab, tmp_path: Path) -> None:
    """Somebody sits under it when we come; when they leave, it is ours."""
    sitting = await asyncio.to_thread(Person, "BackupServ", town.tls_port, town.ca)
    async with connected(irc_settings(town, tmp_path, nick_check_seconds=0.5, sasl=None)) as bot:
        assert (await bot.wait(Connected, 20)).nick == "BackupServ_"
        await bot.wait(Joined)
        sitting.leave()
        deadline = time.monotonic() + 10
        while bot.connection.nick != "BackupServ":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def test_a_long_list_does_not_get_it_killed(seen: Seen, town: Lab) -> None:
    """Sixty long lines at once: all arrive or are held back, none cut, and an alert overtakes them."""
    with await _in_channel(town, "bob") as bob:
        for number in range(60):
            seen.connection.notice("bob", f"{number} " + "é" * 300, priority=4)
        seen.connection.say("#opers", "alert", priority=2)
        await asyncio.to_thread(bob.wait, "PRIVMSG #opers :alert", 10)
        pages = [line for line in bob.heard if " NOTICE bob :" in line]
        assert len(pages) < 10
        assert all(len(line.encode()) <= 510 and "\ufffd" not in line for line in pages)
        await asyncio.sleep(5)
    assert not [event for event in seen.events if isinstance(event, Disconnected)]


async def test_a_kill_is_survived(seen: Seen, town: Lab) -> None:
    """An oper's mistake: we are back, logged in and in the channel."""
    with await _in_channel(town, "root1", oper=True) as root:
        root.send("KILL BackupServ :wrong window")
        await seen.wait(Disconnected, 10)
        await seen.times(Joined, 2, 20)
        await seen.times(LoggedIn, 2, 20)
