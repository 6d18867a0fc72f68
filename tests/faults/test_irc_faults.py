"""What networks do to the bot's link, at the byte: it notices, says why, and comes back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Literal

import pytest

from bot.irc import link, patience
from bot.irc.events import Away, Connected, Disconnected, Joined
from bot.settings import IrcSettings
from tests.fakes_irc import ScriptedServer, Seen, connected, scripted, settings_for
from tests.faults.tcpfault import Fault, FaultyLink

pytestmark = pytest.mark.fault


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    async with scripted(tmp_path) as listening:
        yield listening


@pytest.fixture
def wire(server: ScriptedServer) -> Iterator[FaultyLink]:
    """The way to the server."""
    with FaultyLink(("127.0.0.1", server.port)) as between:
        yield between


def _settings(server: ScriptedServer, wire: FaultyLink, **more: object) -> IrcSettings:
    pulse = {"ping_interval_seconds": 0.3, "ping_timeout_seconds": 0.9}
    return settings_for(server, **({"port": wire.port} | pulse | more))


async def _come_in(server: ScriptedServer, seen: Seen, count: int = 1) -> None:
    while True:
        peer = await server.accept()
        try:
            await peer.welcome()
        except AssertionError:  # that one was struck; another comes
            continue
        await seen.times(Joined, count)
        return


@pytest.mark.parametrize("way", ["up", "down"])
async def test_a_half_open_link_is_noticed(
    server: ScriptedServer, wire: FaultyLink, way: Literal["up", "down"]
) -> None:
    """No byte comes through, and no end: only silence tells."""
    async with connected(_settings(server, wire)) as seen:
        await _come_in(server, seen)
        wire.fault = Fault(kind="stall", way=way)
        assert "silent" in (await seen.wait(Disconnected)).reason
        assert not seen.connection.connected
        wire.strikes_no_more()
        await _come_in(server, seen, 2)


@pytest.mark.parametrize("kind", ["cut", "reset"])
@pytest.mark.parametrize("after", [0, 1, 200, 700])
async def test_a_handshake_that_is_cut_is_tried_again(
    server: ScriptedServer, wire: FaultyLink, kind: Literal["cut", "reset"], after: int
) -> None:
    """In the middle of TLS's own messages, before a line was said."""
    wire.fault = Fault(kind=kind, after=after, way="down", times=2)
    async with connected(_settings(server, wire)) as seen:
        await _come_in(server, seen)
        reasons = [event.reason for event in seen.events if isinstance(event, Disconnected)]
        assert len(reasons) >= 2
        assert all("TLS" in reason or "no connection" in reason or "closed" in reason for reason in reasons)


async def test_a_link_that_is_reset_is_made_again(server: ScriptedServer, wire: FaultyLink) -> None:
    async with connected(_settings(server, wire)) as seen:
        await _come_in(server, seen)
        wire.reset_all()
        assert "closed" in (await seen.wait(Disconnected)).reason or "broke" in seen.first(Disconnected).reason
        await _come_in(server, seen, 2)


async def test_a_slow_link_is_a_link(server: ScriptedServer, wire: FaultyLink) -> None:
    """Two kilobytes a second, from the first byte: the handshake takes a moment, and all goes well."""
    wire.fault = Fault(kind="slow", rate=2000, way="down")
    async with connected(_settings(server, wire, ping_interval_seconds=2, ping_timeout_seconds=5)) as seen:
        await _come_in(server, seen)
        assert not [event for event in seen.events if isinstance(event, Disconnected)]


# --- several servers -------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["mute", "refused", "no such name"])
async def test_the_next_server_is_taken_where_one_fails(
    server: ScriptedServer, wire: FaultyLink, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Whatever is wrong with the first, the second lets us in; the reason is told with the address."""
    monkeypatch.setattr(link, "CONNECT_SECONDS", 1.0)
    first = f"localhost:{wire.port}"
    if fault == "mute":
        wire.fault = Fault(kind="stall", way="down")
    elif fault == "refused":
        wire.refuse()
    else:
        first = "no-such-host.invalid:6697"
    await _second_lets_us_in(server, first)


async def test_the_next_server_is_taken_where_one_is_another(server: ScriptedServer, tmp_path: Path) -> None:
    """It shows a certificate of a CA that is not ours, and hears nothing."""
    (tmp_path / "other").mkdir()
    async with scripted(tmp_path / "other") as other:
        await _second_lets_us_in(server, f"localhost:{other.port}")
        assert await other.heard() == b""


async def _second_lets_us_in(server: ScriptedServer, first: str) -> None:
    settings = settings_for(server, server=first, servers=[f"localhost:{server.port}"])
    async with connected(settings) as seen:
        await _come_in(server, seen)
        assert seen.first(Disconnected).reason.startswith(f"{first} (TLS): ")
        standing = seen.connection.standing()
        assert standing is not None
        assert standing.address == f"localhost:{server.port}"


async def test_the_servers_take_turns(server: ScriptedServer, tmp_path: Path) -> None:
    """A link that ends leads to the next address, and round again."""
    (tmp_path / "other").mkdir()
    async with scripted(tmp_path / "other") as other:
        pins = {"verify": False}
        settings = settings_for(server, servers=[f"localhost:{other.port}"], tls=pins)
        async with connected(settings) as seen:
            for count, place in enumerate((server, other, server), 1):
                peer = await place.accept()
                await peer.welcome()
                await seen.times(Joined, count)
                await peer.close()


@pytest.mark.parametrize("address", ["[::1]:{port}", "::1"])
async def test_ipv6(tmp_path: Path, address: str) -> None:
    async with scripted(tmp_path, listen="::1") as server:
        tls = {"fingerprint": server.fingerprint}
        settings = settings_for(server, server=address.format(port=server.port), tls=tls)
        async with connected(settings) as seen:
            await _come_in(server, seen)
            standing = seen.connection.standing()
            assert standing is not None
            assert standing.address == f"[::1]:{server.port}"


# --- staying away ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        [":irc.test 465 BackupServ :You are banned from this server: spam", "ERROR :Closing Link: (K-Lined)"],
        ["ERROR :Closing Link: BackupServ[host] (Z-lined: go away)"],
        ["ERROR :Trying to reconnect too fast."],
    ],
)
async def test_who_is_banned_comes_back_late(server: ScriptedServer, lines: list[str]) -> None:
    """A minute at least, whatever back-off says; and the reason is the server's."""
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        await peer.expect("^CAP LS")
        peer.send(*lines)
        gone = await seen.wait(Disconnected)
        assert gone.wait >= 60
        assert "the server said" in gone.reason
    await server.nobody(0.1)


async def test_a_long_absence_is_told_once_until_we_are_back(
    server: ScriptedServer, wire: FaultyLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside all the failures: something to wake somebody for."""
    monkeypatch.setattr(patience, "_LONG_AWAY", 0.5)
    wire.refuse()
    async with connected(_settings(server, wire)) as seen:
        await seen.wait(Away)
        await seen.times(Disconnected, 8)
        assert sum(isinstance(event, Away) for event in seen.events) == 1
        wire.listen()
        await _come_in(server, seen)
        await asyncio.sleep(0.7)
        assert sum(isinstance(event, Away) for event in seen.events) == 1
        wire.refuse()
        await seen.times(Away, 2)
        assert isinstance(seen.first(Connected), Connected)
