"""What irctest expects of every client's TLS and STS (its tls tests), asked of `backupserv irc-check`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conversations.checked import checking, write_config
from tests.fakes_irc import SERVER, Peer, ScriptedServer, scripted


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    """A server with TLS alone."""
    async with scripted(tmp_path) as listening:
        yield listening


def _pinned(fingerprint: str, mode: str = "always") -> str:
    return f'[irc.tls]\nmode = "{mode}"\nfingerprint = "{fingerprint}"\n'


async def test_the_pinned_certificate_is_spoken_to(server: ScriptedServer, tmp_path: Path) -> None:
    async with checking(write_config(tmp_path, server.port, more=_pinned(server.fingerprint.upper()))):
        peer = await server.accept(20)
        assert await peer.expect(".") == "CAP LS 302"


async def test_another_certificate_hears_not_a_line(server: ScriptedServer, tmp_path: Path) -> None:
    async with checking(write_config(tmp_path, server.port, more=_pinned("ab" * 32))):
        peer = await server.accept(20)
        await peer.gone()
        assert peer.lines == []


# --- STS -------------------------------------------------------------------------------------


@dataclass
class Town:
    """One host with a port for plaintext and two for TLS, of which the second is nowhere told."""

    plain: ScriptedServer
    secure: ScriptedServer
    folder: Path

    def config(self, fingerprint: str = "") -> Path:
        return write_config(
            self.folder, self.plain.port, more=_pinned(fingerprint or self.secure.fingerprint, mode="sts")
        )

    @property
    def kept(self) -> dict[str, dict[str, object]]:
        file = self.folder / "state" / "sts.json"
        content: dict[str, dict[str, object]] = json.loads(file.read_text()) if file.exists() else {}
        return content

    async def send_on(self, sts: str = "") -> None:
        """The plaintext port says where TLS is, and is left at once."""
        peer = await self.plain.accept(20)
        assert await peer.expect(".") == "CAP LS 302"
        peer.send(f"{SERVER} CAP * LS :sts={sts or f'port={self.secure.port}'} sasl")
        await peer.gone(3)
        assert not [line for line in peer.lines if line.startswith(("CAP REQ", "CAP END", "AUTHENTICATE"))]

    async def arrive(self, sts: str) -> Peer:
        """On the secure port, which says for how long."""
        peer = await self.secure.accept(20)
        assert await peer.expect(".") == "CAP LS 302"
        peer.send(f"{SERVER} CAP * LS :sts={sts}")
        assert await peer.expect("^CAP") == "CAP END"
        return peer


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(scripted(tmp_path, tls=False))
        secure = await stack.enter_async_context(scripted(tmp_path))
        yield Town(plain, secure, tmp_path)


async def test_sts_goes_to_tls_and_stays_there(town: Town) -> None:
    """After an ERROR with the socket open, too; what the port inside TLS says is not heeded."""
    async with checking(town.config()):
        await town.send_on()
        peer = await town.arrive(f"duration=300,port={town.plain.port}")
        peer.send("ERROR :disconnected")
        peer = await town.arrive("duration=300")
        await peer.close()
        await town.arrive("duration=300")
        await town.plain.nobody(0.3)
    assert town.kept["127.0.0.1"]["port"] == town.secure.port


async def test_sts_outlives_a_restart(town: Town) -> None:
    """Still configured for the plaintext port, it goes to TLS."""
    async with checking(town.config()):
        await town.send_on()
        await town.arrive("duration=300")
    async with checking(town.config()):
        await town.arrive("duration=300")
        await town.plain.nobody(0.3)


async def test_sts_with_no_duration_is_forgotten(town: Town) -> None:
    """Zero ends the policy, told over TLS; afterwards plaintext is spoken again."""
    async with checking(town.config()):
        await town.send_on()
        peer = await town.arrive("duration=300")
        assert town.kept
        await peer.close()
        peer = await town.arrive("duration=0")
        assert not town.kept
        await peer.close()
        await town.send_on()


async def test_sts_that_is_over_is_over(town: Town) -> None:
    """A policy ends with its time, which begins anew when the link ends."""
    async with checking(town.config()):
        await town.send_on()
        await town.arrive("duration=1")
    await asyncio.sleep(1.2)
    async with checking(town.config()):
        await town.send_on()


@pytest.mark.parametrize("times", [1, 3])
async def test_sts_with_another_certificate_hears_not_a_line(town: Town, times: int) -> None:
    """It is followed, refused, and never spoken to in plaintext again."""
    async with checking(town.config("ab" * 32)):
        await town.send_on()
        for _ in range(times):
            peer = await town.secure.accept(20)
            await peer.gone()
            assert peer.lines == []
        await town.plain.nobody(0.3)
    assert not town.kept


@pytest.mark.parametrize("sts", ["duration=300", "port=0", "port=x", "port=99999", "port=-1", "port=1" + "0" * 90])
async def test_sts_without_a_port_that_makes_sense_is_no_sts(town: Town, sts: str) -> None:
    """In plaintext a duration is believed by nobody: anybody on the way could have written it."""
    async with checking(town.config()):
        peer = await town.plain.accept(20)
        await peer.expect("^CAP LS")
        peer.send(f"{SERVER} CAP * LS :sts={sts}")
        assert await peer.expect("^CAP") == "CAP END"
    assert not town.kept


async def test_policies_that_cannot_be_read_keep_us_from_plaintext(town: Town) -> None:
    """Nobody knows then whom we promised never to speak to without TLS."""
    config = town.config()
    state = town.folder / "state"
    state.mkdir()
    (state / "sts.json").write_text("{")
    async with checking(config, "--seconds", "0") as process:
        out, errors = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 1
    assert b"sts.json cannot be read" in errors
    assert b"FAIL  server" in out
    await town.plain.nobody(0.1)
