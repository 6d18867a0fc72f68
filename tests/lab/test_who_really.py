"""Who wrote a line, on Debian's InspIRCd with Atheme: hidden opers, certificates, labels, and restored accounts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.certificates import make_client
from bot.irc.events import Joined, Opered, OracleChosen
from bot.irc.identity import Identity, Refusal
from tests.fakes_irc import Seen, connected
from tests.lab.connecting import irc_settings
from tests.lab.network import Lab
from tests.lab.person import Person
from tests.lab.test_irc_real import _in_channel

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


@pytest.fixture
async def seen(town: Lab, tmp_path: Path) -> AsyncIterator[Seen]:
    """The bot, an operator."""
    await asyncio.to_thread(town.start_services)
    async with connected(irc_settings(town, tmp_path)) as bot:
        await bot.wait(Joined, 20)
        await bot.wait(Opered)
        yield bot


async def _who(bot: Seen, person: Person, text: str, **how: bool) -> Identity:
    person.say("#opers", text)
    identity = await bot.connection.identify(await bot.said(text), **how)
    assert isinstance(identity, Identity), identity
    return identity


async def test_answers_are_taken_under_our_label(seen: Seen, town: Lab) -> None:
    """The server offers labels, so the question has one; type, account, signon time and server are read."""
    assert seen.first(OracleChosen).name == "WHOIS"
    session = seen.connection._session
    assert session is not None
    assert {"labeled-response", "batch", "message-tags"} <= session._registration.enabled
    with await _in_channel(town, "root1", password="root1-password", oper=True) as root:
        identity = await _who(seen, root, "!label", twice=True)
    assert (identity.account, identity.is_oper, identity.oper_class) == ("root1", True, "NetAdmin")
    assert (identity.oper_name, identity.server) == (None, "irc.lab.test")
    assert identity.connected_at is not None
    assert abs(datetime.now(UTC).timestamp() - identity.connected_at) < 60


async def test_a_hidden_oper_is_seen_only_by_who_may(seen: Seen, town: Lab, tmp_path: Path) -> None:
    """With umode +H: by the bot while it is an operator with users/auspex, and not without."""
    async with connected(irc_settings(town, tmp_path, oper=None, sasl=None, nick="Plain")) as plain:
        await plain.wait(Joined, 20)
        with await _in_channel(town, "root1", password="root1-password", oper=True) as root:
            assert (await _who(plain, root, "!open")).is_oper
            root.send("MODE root1 +H")
            await asyncio.to_thread(root.wait, r"MODE root1 :?\+H")
            assert not (await _who(plain, root, "!hidden")).is_oper
            assert (await seen.connection.identify(await seen.said("!hidden"))) != Refusal("")
            assert (await _who(seen, root, "!hidden too")).is_oper


async def test_a_certificate_is_seen_as_it_is(seen: Seen, town: Lab, tmp_path: Path) -> None:
    """276, as the server shows it to everybody; SHA-256 here."""
    fingerprint = make_client(tmp_path, "certified")
    pair = (tmp_path / "certified.pem", tmp_path / "certified.key")
    with await asyncio.to_thread(lambda: Person("certified", town.tls_port, town.ca, certificate=pair)) as person:
        person.send("JOIN #opers")
        await asyncio.to_thread(person.wait, " 366 ")
        identity = await _who(seen, person, "!cert")
        assert identity.certfps == (fingerprint,)
        assert not identity.is_oper


async def test_who_has_left_the_channel_is_not_asked_about(seen: Seen, town: Lab) -> None:
    with await _in_channel(town, "bob") as bob:
        assert (await _who(seen, bob, "!in")).nick == "bob"
        assert seen.connection.is_member("BOB")
        bob.send("PART #opers")
        await asyncio.to_thread(bob.wait, " PART ")
        bob.say("BackupServ", "!out")
        verdict = await seen.connection.identify(await seen.said("!out"))
        assert verdict == Refusal("not in the opers' channel")
        assert not seen.connection.is_member("bob")


async def test_a_restored_account_proves_nothing_till_they_log_in_again(seen: Seen, town: Lab) -> None:
    """Services tell of a login when there is one; a login of before the restore is no proof."""
    with await _in_channel(town, "alice", password="alice-password") as alice:
        assert (await _who(seen, alice, "!mine")).account == "alice"
        seen.connection.weak_until_relogin("alice", datetime.now(UTC) + timedelta(seconds=1))
        identity = await _who(seen, alice, "!whose")
        assert (identity.account, identity.restored_account) == (None, "alice")
        await asyncio.sleep(1.1)
        await asyncio.to_thread(alice.ask, "NickServ", "LOGOUT", "logged out")
        assert (await _who(seen, alice, "!nobodys")).account is None
        await asyncio.to_thread(alice.ask, "NickServ", "IDENTIFY alice alice-password", "now identified")
        assert (await _who(seen, alice, "!mine again")).account == "alice"
