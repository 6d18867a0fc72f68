"""Where a server knows no SASL, NickServ may be told the password: the one on the services' server, over TLS."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.irc import nickserv
from bot.irc.events import LoggedIn, Warned
from bot.settings import IrcSettings, SaslSettings
from tests.fakes_irc import SERVER, Peer, ScriptedServer, connected, settings_for

NICKSERV = "NickServ!services@services.host"


def _settings(server: ScriptedServer, folder: Path, **more: object) -> IrcSettings:
    password = folder / "password"
    password.write_text("secret")
    password.chmod(0o600)
    sasl = {"account": "Backup", "password": {"file": str(password)}, "nickserv_server": "services.test"}
    return settings_for(server, **({"sasl": sasl, "nick_check_seconds": 0.2, "lines_per_second": 50} | more))


async def _let_in(peer: Peer, caps: str = "") -> None:
    await peer.expect("^CAP LS")
    peer.send(f"{SERVER} CAP * LS :{caps}")
    await peer.expect("^CAP (END|REQ)")
    peer.send(f"{SERVER} CAP * NAK :sasl", f"{SERVER} 001 BackupServ :hi")


async def _whois(peer: Peer, mask: str, server: str, *more: str) -> None:
    nick, _, rest = mask.partition("!")
    user, _, host = rest.partition("@")
    await peer.expect(f"^WHOIS {nick}$")
    peer.send(f"{SERVER} 311 BackupServ {nick} {user} {host} * :x", f"{SERVER} 312 BackupServ {nick} {server} :x")
    peer.send(*more, f"{SERVER} 318 BackupServ {nick} :End")


async def test_the_password_is_said_to_the_whole_mask_and_whois_says_whether_it_was_taken(
    server: ScriptedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who takes the nick meanwhile is not whom we write to; and no notice of anybody makes us logged in."""
    caplog.set_level(0)
    async with connected(_settings(server, tmp_path)) as seen:
        peer = await server.accept()
        await _let_in(peer)
        await _whois(peer, NICKSERV, "services.test")
        assert await peer.expect("^PRIVMSG") == f"PRIVMSG {NICKSERV} :IDENTIFY Backup secret"
        peer.send(f":{NICKSERV} NOTICE BackupServ :You are now identified for Backup.")
        await _whois(peer, "BackupServ!b@h", "irc.test", f"{SERVER} 330 BackupServ BackupServ Other :is logged in as")
        assert not [event for event in seen.events if isinstance(event, LoggedIn)]
        await _whois(peer, "BackupServ!b@h", "irc.test", f"{SERVER} 330 BackupServ BackupServ backup :is logged in as")
        await seen.wait(LoggedIn)
        standing = seen.connection.standing()
        assert standing is not None
        assert (standing.logged_in, standing.mechanism, standing.login_failure) == (True, "NickServ", "")
    assert "secret" not in caplog.text


@pytest.mark.parametrize("where", ["irc.test", "leaf.test", "services.test.evil"])
async def test_who_bears_the_nick_elsewhere_is_told_nothing(server: ScriptedServer, tmp_path: Path, where: str) -> None:
    """On our server, or on any other but the one of services."""
    async with connected(_settings(server, tmp_path)):
        peer = await server.accept()
        await _let_in(peer)
        for _ in range(2):
            await _whois(peer, NICKSERV, where)
        await peer.is_alive()
        assert not [line for line in peer.lines if line.startswith("PRIVMSG")]


async def test_where_sasl_is_offered_nickserv_is_told_nothing(server: ScriptedServer, tmp_path: Path) -> None:
    """Also when it fails there, and when services have gone: they may be somebody else's by now."""
    async with connected(_settings(server, tmp_path)):
        peer = await server.accept()
        await _let_in(peer, "sasl=PLAIN")
        peer.send(f"{SERVER} CAP BackupServ DEL :sasl")
        await peer.expect("^CAP REQ :sasl$")
        await peer.expect("^CAP REQ :sasl$")
        assert not [line for line in peer.lines if line.startswith(("PRIVMSG", "WHOIS"))]


async def test_without_tls_nickserv_is_told_nothing(tmp_path: Path) -> None:
    plain = ScriptedServer(tmp_path)
    await plain.start(tls=False)
    try:
        async with connected(_settings(plain, tmp_path, tls={"mode": "never"})):
            peer = await plain.accept()
            await _let_in(peer)
            await peer.expect("^CAP REQ :sasl$")
            await peer.expect("^CAP REQ :sasl$")
            assert not [line for line in peer.lines if line.startswith(("PRIVMSG", "WHOIS"))]
    finally:
        await plain.stop()


async def test_a_password_that_is_not_taken_is_told_once_and_not_said_each_minute(
    server: ScriptedServer, tmp_path: Path
) -> None:
    """Services kill who guesses."""
    async with connected(_settings(server, tmp_path)) as seen:
        peer = await server.accept()
        await _let_in(peer)
        await _whois(peer, NICKSERV, "services.test")
        await peer.expect("^PRIVMSG")
        peer.send(f":{NICKSERV} NOTICE BackupServ :Invalid password for Backup.")
        for _ in range(2):
            await _whois(peer, "BackupServ!b@h", "irc.test")
        warned = await seen.wait(Warned, matches=lambda event: "NickServ" in str(event))
        assert str(warned) == "NickServ did not log us in: check irc.sasl.account and password"
        for _ in range(3):
            await peer.expect("^CAP REQ :sasl$")
        assert len([line for line in peer.lines if "IDENTIFY" in line]) == 1


async def test_services_that_go_before_they_answer_are_asked_again(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence is no refusal."""
    monkeypatch.setattr(nickserv, "_SECONDS", 0.3)
    async with connected(_settings(server, tmp_path)) as seen:
        peer = await server.accept()
        await _let_in(peer)
        for _ in range(2):
            await _whois(peer, NICKSERV, "services.test")
            await peer.expect("^PRIVMSG .*IDENTIFY")
            for _ in range(2):
                await _whois(peer, "BackupServ!b@h", "irc.test")
        assert not [event for event in seen.events if "NickServ" in str(event)]


def test_what_cannot_work_is_said_at_the_start(tmp_path: Path) -> None:
    secret = {"file": str(tmp_path / "password")}
    with pytest.raises(ValidationError, match="needs account and password"):
        SaslSettings.model_validate({"nickserv_server": "services.test"})
    with pytest.raises(ValidationError, match="NickServ is there only afterwards"):
        SaslSettings.model_validate(
            {"account": "x", "password": secret, "nickserv_server": "services.test", "required": True}
        )
