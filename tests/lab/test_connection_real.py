"""The bot's way into a real network: the mechanisms that services know, and a channel whose door is shut."""

import asyncio
import base64
import logging
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bot.demo.certificates import make_client
from bot.irc.events import Connected, Joined, LoggedIn, SaslFailed, Warned
from bot.settings import IrcSettings
from tests.conversations.checked import checking, login, write_config
from tests.fakes_irc import Seen, connected
from tests.lab.network import Lab
from tests.lab.people import join_as
from tests.lab.person import Person

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def _file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    path.chmod(0o600)
    return path


def _settings(lab: Lab, folder: Path, **more: object) -> IrcSettings:
    password = _file(folder, "password", "BackupServ-password")
    values: dict[str, object] = {
        "server": "localhost",
        "port": lab.tls_port,
        "channel": "#opers",
        "tls": {"ca_file": str(lab.ca)},
        "sasl": {"account": "BackupServ", "password": {"file": str(password)}},
        "reconnect_seconds": 0.3,
        "reconnect_limit_seconds": 2,
        "nick_check_seconds": 0.5,
    }
    return IrcSettings.model_validate(values | more)


def _by(seen: Seen) -> str:
    standing = seen.connection.standing()
    assert standing is not None
    return standing.mechanism


async def test_the_best_mechanism_that_works_is_taken(town: Lab, tmp_path: Path) -> None:
    """With a certificate that services know EXTERNAL; with one that they do not know, what else is configured."""
    await asyncio.to_thread(town.start_services)
    make_client(tmp_path, "stranger")
    password = {"file": str(_file(tmp_path, "alice", "alice-password"))}
    for folder, name, mechanism in ((town.folder, "alice", "EXTERNAL"), (tmp_path, "stranger", "PLAIN")):
        tls = {"ca_file": str(town.ca), "certificate": str(folder / f"{name}.pem"), "key": str(folder / f"{name}.key")}
        settings = _settings(town, tmp_path, tls=tls, sasl={"account": "alice", "password": password})
        async with connected(settings) as bot:
            await bot.wait(LoggedIn, 20)
            await bot.wait(Connected, 20)
            assert _by(bot) == mechanism
            assert not [event for event in bot.events if isinstance(event, SaslFailed)]


async def test_a_key_logs_in(town: Lab, tmp_path: Path) -> None:
    """ECDSA-NIST256P-CHALLENGE, with Atheme's own reading of the key and the signature."""
    await asyncio.to_thread(town.start_services)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    point = base64.b64encode(key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)).decode()

    def tell() -> None:
        with join_as(town, "bob", password="bob-password") as bob:
            bob.ask("NickServ", f"SET PUBKEY {point}", "public key")

    await asyncio.to_thread(tell)
    sasl = {"account": "bob", "key": str(_file(tmp_path, "key", pem))}
    async with connected(_settings(town, tmp_path, sasl=sasl)) as bot:
        await bot.wait(LoggedIn, 20)
        await bot.wait(Connected, 20)
        assert _by(bot) == "ECDSA-NIST256P-CHALLENGE"


@pytest.mark.parametrize(("verb", "nick"), [("REGAIN", "BackupServ"), ("GHOST", "bob")])
async def test_services_give_our_nick_back_at_once(town: Lab, tmp_path: Path, verb: str, nick: str) -> None:
    """Somebody sits under it and stays; our account is what it belongs to."""
    await asyncio.to_thread(town.start_services)
    sitting = await asyncio.to_thread(Person, nick, town.tls_port, town.ca)
    sasl = {"account": nick, "password": {"file": str(_file(tmp_path, nick, f"{nick}-password"))}}
    async with connected(_settings(town, tmp_path, regain=[verb], nick=nick, sasl=sasl)) as bot:
        assert (await bot.wait(Connected, 20)).nick == f"{nick}_"
        async with asyncio.timeout(20):
            while bot.connection.nick != nick:  # noqa: ASYNC110 — it changes on the other side of a socket
                await asyncio.sleep(0.05)
    sitting.leave()


def _shut(lab: Lab, channel: str, mode: str) -> Person:
    """The founder of a new channel, where the bot may be invited, unbanned and told the key, sits behind its door."""
    person = join_as(lab, "root1", password="root1-password")
    person.send(f"JOIN {channel}")
    person.wait(" 366 ")
    person.ask("ChanServ", f"REGISTER {channel}", "is now registered")
    person.ask("ChanServ", f"FLAGS {channel} BackupServ +Vvori", "flags")
    person.ask("ChanServ", f"SET {channel} MLOCK +nt", "MLOCK")  # else +i and +k are undone at once
    person.send(f"MODE {channel} {mode}")
    person.wait(f"^:root1.* MODE {channel} ")
    return person


@pytest.mark.parametrize("mode", ["+i", "+k swordfish", "+b *!*backup@*"])
async def test_chanserv_opens_the_door(town: Lab, tmp_path: Path, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """Invite-only, a key, a ban: our account may come in, so ChanServ helps; the key is told nowhere."""
    caplog.set_level(logging.DEBUG)
    await asyncio.to_thread(town.start_services)
    channel = f"#vault{mode[1]}"
    owner = await asyncio.to_thread(_shut, town, channel, mode)
    with owner:
        async with connected(_settings(town, tmp_path, channel=channel)) as bot:
            refused = await bot.wait(Warned, 20)
            assert f"cannot join {channel}" in refused.text
            await bot.wait(Joined, 20)
            assert "swordfish" not in "".join(map(repr, bot.events)) + caplog.text


async def test_irc_check_tells_how_the_bot_stands(town: Lab, tmp_path: Path) -> None:
    """The program itself, with a login, OPER, a channel and bot mode; exit code 0."""
    await asyncio.to_thread(town.start_services)
    oper = _file(tmp_path, "oper", town.oper[1])
    more = f"""\
tls = {{ ca_file = "{town.ca}" }}
oper = {{ name = "{town.oper[0]}", password = {{ file = "{oper}" }} }}
{login(tmp_path, "auto", account="bob", password="bob-password")}"""
    config = write_config(tmp_path, town.tls_port, host="localhost", more=more)
    async with checking(config, "--seconds", "0") as process:
        out, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode() + out.decode()
    report = out.decode().splitlines()
    assert [line.split(" – ")[0] for line in report] == [
        "ok    server",
        "ok    TLS",
        "ok    capabilities",
        "ok    login",
        "ok    nick",
        "ok    channel",
        "ok    operator",
        "ok    bot mode",
        "ok    flood limits assumed",
    ]
    assert "which calls itself irc.lab.test" in report[0]
    assert report[3] == "ok    login – account bob, by PLAIN"


async def test_the_bot_leaves_with_a_word(town: Lab, tmp_path: Path) -> None:
    """A clean QUIT: others read why, and not that a connection was reset."""
    await asyncio.to_thread(town.start_services)
    with await asyncio.to_thread(join_as, town, "bob") as bob:
        bob.send("JOIN #leaving")
        await asyncio.to_thread(bob.wait, " 366 ")
        for _ in range(3):
            async with connected(_settings(town, tmp_path, channel="#leaving")) as bot:
                await bot.wait(Joined, 20)
            assert (await asyncio.to_thread(bob.wait, "^:BackupServ.* QUIT ")).endswith(":BackupServ stops")
