"""Not one line is sent to a server that has not proven who it is."""

import logging
from pathlib import Path

import pytest

from bot.demo.certificates import make_client, make_pair
from bot.irc.events import Connected, Disconnected, Warned
from bot.irc.link import Link, LinkRefused, open_link
from bot.irc.routes import Route
from bot.settings import IrcSettings
from tests.fakes_irc import SERVER, ScriptedServer, connected, scripted, settings_for


async def _open(settings: IrcSettings) -> Link:
    return await open_link(Route(address=settings.addresses[0], tls=True), settings.tls)


async def _refused(server: ScriptedServer, **tls: object) -> str:
    """Why the server was refused; it heard nothing meanwhile, from any of several tries."""
    async with connected(settings_for(server, tls=tls)) as seen:
        reason = (await seen.wait(Disconnected)).reason
        await seen.wait(Disconnected, matches=lambda event: event is not seen.events[0])
        assert not seen.connection.connected
    assert await server.heard() == b""
    return reason


async def test_a_server_of_another_ca_hears_nothing(server: ScriptedServer, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_pair(other, host="localhost")
    assert "not trusted" in await _refused(server, ca_file=str(other / "ca.pem"))


async def test_a_server_that_the_system_does_not_know_hears_nothing(server: ScriptedServer) -> None:
    """Verified by default: nothing configured means the system's CAs."""
    assert "not trusted" in await _refused(server)


async def test_a_server_of_another_name_hears_nothing(tmp_path: Path) -> None:
    async with scripted(tmp_path, host="irc.elsewhere.test") as server:
        assert "not trusted" in await _refused(server, ca_file=str(server.ca))


@pytest.mark.parametrize("with_ca", [False, True])
async def test_another_certificate_than_the_pinned_one_hears_nothing(server: ScriptedServer, with_ca: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    """Also where a CA vouches for it."""
    ca = {"ca_file": str(server.ca)} if with_ca else {}
    assert "pinned" in await _refused(server, fingerprint="ab" * 32, **ca)


async def test_a_pinned_certificate_does_not_help_another_ca(server: ScriptedServer, tmp_path: Path) -> None:
    """Both are asked where both are configured."""
    other = tmp_path / "other"
    other.mkdir()
    make_pair(other, host="localhost")
    reason = await _refused(server, fingerprint=server.fingerprint, ca_file=str(other / "ca.pem"))
    assert "not trusted" in reason


@pytest.mark.parametrize("form", ["plain", "colons"])
async def test_the_pinned_certificate_is_enough(server: ScriptedServer, form: str) -> None:
    """Written as openssl prints it, or without colons."""
    fingerprint = server.fingerprint
    if form == "colons":
        fingerprint = ":".join(fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    async with connected(settings_for(server, tls={"fingerprint": fingerprint})) as seen:
        await (await server.accept()).welcome()
        await seen.wait(Connected)
        assert not [event for event in seen.events if isinstance(event, Warned)]


async def test_verification_turned_off_is_loud_at_each_connect(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning in the log and to whoever listens; once is not enough."""
    async with connected(settings_for(server, tls={"verify": False})) as seen:
        for _ in range(2):
            peer = await server.accept()
            await peer.welcome()
            await peer.close()
        await server.accept()
        assert sum(isinstance(event, Warned) and "verification is off" in event.text for event in seen.events) == 3
    assert caplog.text.count("verification is off") == 3
    assert any(record.levelno >= logging.WARNING for record in caplog.records)


async def test_our_certificate_is_shown_and_logs_us_in(tmp_path: Path) -> None:
    """SASL EXTERNAL says nothing itself; the certificate is the one that was configured."""
    ours = make_client(tmp_path, "bot")
    async with scripted(tmp_path / ".", client_ca=tmp_path / "bot.pem") as server:
        tls = {"ca_file": str(server.ca), "certificate": str(tmp_path / "bot.pem"), "key": str(tmp_path / "bot.key")}
        async with connected(settings_for(server, tls=tls, sasl={"mechanism": "EXTERNAL"})):
            peer = await server.accept()
            peer.send(f"{SERVER} CAP * LS :sasl=PLAIN,EXTERNAL")
            await peer.expect("^CAP REQ :sasl$")
            peer.send(f"{SERVER} CAP * ACK :sasl")
            assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE EXTERNAL"
            peer.send("AUTHENTICATE +")
            assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE +"
            peer.send(f"{SERVER} 900 * BackupServ!b@h BackupServ :in", f"{SERVER} 903 * :ok")
            assert await peer.expect("^CAP") == "CAP END"
            assert server.shown == [ours]


@pytest.mark.parametrize(
    ("tls", "named"),
    [
        ({"ca_file": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
        ({"certificate": "/nowhere/bot.pem"}, "/nowhere/bot.pem"),
    ],
)
async def test_a_file_that_cannot_be_used_is_named(server: ScriptedServer, tls: dict[str, str], named: str) -> None:
    """Not "no such file", which a tired operator would have to look for."""
    with pytest.raises(LinkRefused, match=named):
        await _open(settings_for(server, tls=tls))


async def test_a_certificate_that_is_none_is_named(server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no PEM")
    with pytest.raises(LinkRefused, match=r"irc\.tls\.certificate .*x\.pem cannot be used"):
        await _open(settings_for(server, tls={"ca_file": str(server.ca), "certificate": str(tmp_path / "x.pem")}))
    with pytest.raises(LinkRefused, match=r"irc\.tls\.ca_file .*x\.pem cannot be used"):
        await _open(settings_for(server, tls={"ca_file": str(tmp_path / "x.pem")}))


async def test_who_speaks_no_tls_is_not_spoken_to(mute: int) -> None:
    """Nor waited for without end: a mute server is given up."""
    settings = settings_for(ScriptedServer(Path(), port=mute), tls={})
    with pytest.raises(LinkRefused, match="within 0 s"):
        await _open(settings)


async def test_what_comes_without_tls_in_the_middle_of_it_ends_the_link(server: ScriptedServer) -> None:
    """Not one word of it is taken for a line; the bot comes back."""
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        await peer.welcome()
        await seen.wait(Connected)
        beneath = peer._writer.transport._ssl_protocol._transport  # type: ignore[attr-defined]  # what TLS writes to
        beneath.write(b":irc.test PRIVMSG #opers :!backup now\r\n")
        assert "broke" in (await seen.wait(Disconnected)).reason
        assert seen.messages == []
        await (await server.accept()).welcome()
