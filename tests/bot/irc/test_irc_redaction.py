"""No log holds a secret, at any level."""

import logging
from pathlib import Path

import pytest

from bot.irc.events import Disconnected, Joined
from bot.irc.redaction import redact
from tests.fakes_irc import SERVER, ScriptedServer, connected, settings_for


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("AUTHENTICATE YmFja3Vwc2Vydg==", "AUTHENTICATE [hidden]"),
        ("OPER name word", "OPER [hidden]"),
        ("pass word", "pass [hidden]"),
        ("JOIN #opers key", "JOIN #opers [hidden]"),
        ("JOIN #opers", "JOIN #opers"),
        ("PRIVMSG NickServ :IDENTIFY word", "PRIVMSG NickServ [hidden]"),
        ("NOTICE alice :!confirm ABCD", "NOTICE alice [hidden]"),
        ("PRIVMSG #opers :hello", "PRIVMSG #opers :hello"),
        ("PRIVMSG #opers :a\nb\x1b", "PRIVMSG #opers :a?b?"),
        ("", ""),
    ],
)
def test_what_is_logged_of_a_line(line: str, logged: str) -> None:
    assert redact(line) == logged


async def test_a_whole_life_leaves_no_secret_in_the_log(
    server: ScriptedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SASL, OPER, a channel key, a refusal and a broken link, with everything logged."""
    caplog.set_level(logging.DEBUG)
    secrets = {}
    for name in ("sasl", "oper", "key"):
        path = tmp_path / name
        path.write_text(f"hush-{name}")
        path.chmod(0o600)
        secrets[name] = {"file": str(path)}
    settings = settings_for(
        server,
        sasl={"account": "BackupServ", "password": secrets["sasl"]},
        oper={"name": "backup", "password": secrets["oper"]},
        channel_key=secrets["key"],
    )
    async with connected(settings) as seen:
        peer = await server.accept()
        await peer.expect("^CAP LS")
        peer.send(f"{SERVER} CAP * LS :sasl=PLAIN")
        await peer.expect("^CAP REQ :sasl")
        peer.send(f"{SERVER} CAP * ACK :sasl")
        await peer.expect("^AUTHENTICATE PLAIN")
        peer.send("AUTHENTICATE +")
        await peer.expect("^AUTHENTICATE QmFja3Vw")
        peer.send(f"{SERVER} 904 * :no hush-sasl", f"{SERVER} 001 BackupServ :hi")
        await peer.expect("^OPER backup hush-oper$")
        peer.send(f"{SERVER} 491 BackupServ :no")
        await peer.expect("^JOIN #opers hush-key$")
        peer.take_in()
        await seen.wait(Joined)
        await peer.close()
        await seen.wait(Disconnected)
        text = caplog.text + "".join(map(str, seen.events)) + repr(seen.connection.__dict__)
    assert "hush" not in text
    assert "QmFja3Vw" not in text
