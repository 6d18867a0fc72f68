"""`backupserv irc-check` as an operator meets it: what happens, a report, and an exit code."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conversations.checked import PLAINTEXT, checking, login, write_config
from tests.fakes_irc import SERVER, Peer, ScriptedServer, scripted


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    """A server with TLS."""
    async with scripted(tmp_path) as listening:
        yield listening


def _config(server: ScriptedServer, folder: Path, more: str = "") -> Path:
    return write_config(folder, server.port, host="localhost", more=f'tls = {{ ca_file = "{server.ca}" }}\n{more}')


async def _let_in(peer: Peer) -> None:
    await peer.expect("^CAP LS", 20)
    peer.send(f"{SERVER} CAP * LS :sasl=PLAIN,EXTERNAL account-tag server-time")
    await peer.expect("^CAP REQ :account-tag server-time$")
    await peer.expect("^CAP REQ :sasl$")
    peer.send(f"{SERVER} CAP * ACK :account-tag server-time", f"{SERVER} CAP * ACK :sasl")
    await peer.expect("^AUTHENTICATE PLAIN$")
    peer.send("AUTHENTICATE +")
    await peer.expect("^AUTHENTICATE")
    peer.send(f"{SERVER} 900 * * jilles :in", f"{SERVER} 903 * :ok")
    await peer.expect("^CAP END$")
    peer.send(f"{SERVER} 001 bot :hi", f"{SERVER} 005 bot BOT=B :are supported")
    await peer.expect("^JOIN #opers$")
    peer.send(":bot!backup@bot.host JOIN #opers")


async def test_it_tells_how_we_stand_and_ends(server: ScriptedServer, tmp_path: Path) -> None:
    """One line a step, exit code 0, and a clean QUIT."""
    config = _config(server, tmp_path, login(tmp_path, "auto"))
    async with checking(config, "--seconds", "0") as process:
        peer = await server.accept(20)
        await _let_in(peer)
        await peer.expect("^QUIT")
        out, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    report = out.decode().splitlines()
    assert report[0] == f"ok    server – localhost:{server.port}, which calls itself irc.test"
    assert report[1].startswith("ok    TLS – TLSv1.3, certificate until 20")
    assert server.fingerprint in report[1]
    assert report[2].startswith("ok    capabilities – account-tag, sasl, server-time; not here: message-tags")
    assert report[3:6] == [
        "ok    login – account jilles, by PLAIN",
        "ok    nick – bot!backup@bot.host",
        "ok    channel – #opers",
    ]
    assert report[6].startswith("skip  operator")
    assert report[7] == "ok    bot mode – +B"
    assert report[8] == "ok    flood limits assumed – 5 lines at once, then 1 a second; 80 bytes are a line more"
    said = errors.decode()
    assert [word for word in ("logged in to services", "let in as bot", "in #opers") if word not in said] == []
    assert "sesame" not in said + out.decode()


async def test_a_server_that_is_not_there_is_named_and_fails(tmp_path: Path) -> None:
    """Every address is tried once, and told with its reason."""
    more = 'servers = ["localhost:2"]\n'
    async with checking(write_config(tmp_path, 1, more=more), "--seconds", "0") as process:
        out, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert out.decode() == "FAIL  server – no server lets us in; tried 127.0.0.1:1, localhost:2\n"
    assert errors.decode().count("no connection") >= 2


async def test_plaintext_is_loud(tmp_path: Path) -> None:
    """In the report too; and as JSON."""
    async with (
        scripted(tmp_path, tls=False) as server,
        checking(write_config(tmp_path, server.port, more=PLAINTEXT), "--seconds", "0", "--json") as process,
    ):
        peer = await server.accept(20)
        await peer.expect("^CAP LS")
        peer.send(f"{SERVER} CAP * LS :", f"{SERVER} 001 bot :hi", ":bot!b@h JOIN #opers")
        out, _ = await asyncio.wait_for(process.communicate(), 20)
    told = json.loads(out)
    assert next(item for item in told["report"] if item["what"] == "TLS")["verdict"] == "look"
    assert any("anybody on the way can read" in event for event in told["events"])
    assert process.returncode == 0


async def test_it_stays_until_it_is_stopped(server: ScriptedServer, tmp_path: Path) -> None:
    """It comes back as the bot would, and leaves with a QUIT at SIGTERM."""
    async with checking(_config(server, tmp_path, login(tmp_path, "PLAIN"))) as process:
        for _ in range(2):
            peer = await server.accept(20)
            await _let_in(peer)
            await peer.close()
        peer = await server.accept(20)
        await _let_in(peer)
        process.send_signal(signal.SIGTERM)
        await peer.expect("^QUIT")
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_login_that_is_required_and_fails_ends_it_before_we_are_in(
    server: ScriptedServer, tmp_path: Path
) -> None:
    """No CAP END, a QUIT, the reason in words; and another try later."""
    config = _config(server, tmp_path, login(tmp_path, "PLAIN") + "required = true\n")
    async with checking(config, "--seconds", "0") as process:
        peer = await server.accept(20)
        await peer.expect("^CAP LS", 20)
        peer.send(f"{SERVER} CAP * LS :sasl")
        await peer.expect("^CAP REQ :sasl$")
        peer.send(f"{SERVER} CAP * ACK :sasl")
        await peer.expect("^AUTHENTICATE PLAIN$")
        peer.send("AUTHENTICATE +")
        await peer.expect("^AUTHENTICATE")
        peer.send(f"{SERVER} 904 * :no")
        assert (await peer.expect("^(CAP|QUIT)")).startswith("QUIT")
        out, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert "irc.sasl.required is true: the account or password is wrong" in errors.decode()
    assert out.decode().startswith("FAIL  server")


async def test_it_needs_no_more_than_irc_and_a_place_for_its_state(tmp_path: Path) -> None:
    """What is missing is named; the rest of a whole configuration is not looked at."""
    (tmp_path / "bot.toml").write_text('[irc]\nchannel = "#opers"\nservers = ["a:b"]\n[storage]\nx = 1\n')
    async with checking(tmp_path / "bot.toml", "--seconds", "0") as process:
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert "state_dir: missing" in errors.decode()
    assert "irc.servers.0: expected" in errors.decode()
