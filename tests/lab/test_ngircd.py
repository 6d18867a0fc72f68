"""The bot's connection on Debian's ngIRCd with Atheme, over TLS: no tags, no SASL, WHOIS and nothing else."""

import asyncio
import logging
import re
from pathlib import Path

import pytest

from bot.irc.events import Connected, Joined, LoggedIn, Opered, SaslFailed, Warned
from bot.irc.identity import Identity
from tests.conftest import require
from tests.fakes_irc import connected
from tests.lab.connecting import irc_settings, secret
from tests.lab.fixture import running_lab
from tests.lab.network import Lab
from tests.lab.people import join_as
from tests.lab.person import Person

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def _by_nickserv(folder: Path, server: str) -> dict[str, object]:
    password = secret(folder, "BackupServ-password")
    return {"account": "BackupServ", "password": password, "nickserv_server": server}


def _speaks(lab: Lab, nick: str, text: str, *, oper: bool) -> Person:
    person = join_as(lab, nick, password=f"{nick}-password")
    if oper:
        person.send("OPER labop labop-password")
        person.wait(" 381 ")
    person.send("JOIN #opers")
    person.wait(" 366 ")
    person.say("#opers", text)
    return person


async def test_whois_alone_tells_who_is_an_oper_with_which_account(ngircd: Lab, tmp_path: Path) -> None:
    """275 is its word for a secure connection; the account stands in 330, though no line carries it."""
    async with connected(irc_settings(ngircd, tmp_path)) as bot:
        await bot.wait(Joined, 20)
        await bot.wait(Opered)
        await bot.wait(SaslFailed)
        for nick, oper in (("root1", True), ("bob", False)):
            with await asyncio.to_thread(_speaks, ngircd, nick, f"!{nick}", oper=oper):
                message = await bot.said(f"!{nick}")
                assert message.account is None
                identity = await bot.connection.identify(message)
                assert isinstance(identity, Identity), identity
                assert (identity.account, identity.is_oper, identity.secure) == (nick, oper, True)
        assert await bot.connection.service_online("NickServ", 5)


async def test_nickserv_logs_us_in_where_the_server_knows_no_sasl(
    ngircd: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By the password, said to NickServ on the services' server alone; WHOIS says that we are in, and no log what."""
    caplog.set_level(logging.DEBUG)
    async with connected(irc_settings(ngircd, tmp_path, sasl=_by_nickserv(tmp_path, "services.lab.test"))) as bot:
        await bot.wait(Joined, 20)
        await bot.wait(LoggedIn, 20)
        standing = bot.connection.standing()
        assert standing is not None
        assert (standing.logged_in, standing.mechanism) == (True, "NickServ")
    assert "BackupServ-password" not in caplog.text.replace(str(tmp_path), "")


async def test_services_that_come_back_know_us_still(ngircd: Lab, tmp_path: Path) -> None:
    """NgIRCd keeps the account, and tells it to services when they link again: OperServ obeys before and after."""
    async with connected(irc_settings(ngircd, tmp_path, sasl=_by_nickserv(tmp_path, "services.lab.test"))) as bot:
        await bot.wait(LoggedIn, 20)
        assert await bot.connection.ask_services("OperServ", "UPDATE", timeout=5) == ["UPDATE completed."]
        await asyncio.to_thread(ngircd.stop_services)
        await asyncio.to_thread(ngircd.start_services)
        for _ in range(20):
            if await bot.connection.service_online("OperServ", 3):
                break
        assert await bot.connection.ask_services("OperServ", "UPDATE", timeout=5) == ["UPDATE completed."]


async def test_a_nickserv_on_another_server_is_told_nothing(ngircd: Lab, tmp_path: Path) -> None:
    """The services' server is what no user can imitate."""
    settings = irc_settings(ngircd, tmp_path, sasl=_by_nickserv(tmp_path, "services.elsewhere.test"))
    async with connected(settings.model_copy(update={"nick_check_seconds": 0.5})) as bot:
        await bot.wait(Joined, 20)
        await asyncio.sleep(3)
        assert not [event for event in bot.events if isinstance(event, LoggedIn)]
        standing = bot.connection.standing()
        assert standing is not None
        assert not standing.logged_in


def _all_serv_are_services(lab: Lab) -> None:
    config = lab.folder / "ngircd.conf"
    config.write_text(re.sub("ServiceMask = .*", "ServiceMask = *Serv", config.read_text()))


async def test_a_server_that_keeps_our_nick_for_services_lets_us_in_under_another(tmp_path: Path) -> None:
    """`ServiceMask = *Serv`, as many have it, refuses BackupServ as a nick; what to do about it is told."""
    require("ngircd", "atheme-services")
    with running_lab("ngircd", _all_serv_are_services) as strict:
        async with connected(irc_settings(strict, tmp_path)) as bot:
            assert (await bot.wait(Connected, 20)).nick == "BackupServ_"
            await bot.wait(Joined)
            await bot.wait(Warned, 20, matches=lambda event: "refuses the nick BackupServ" in str(event))
