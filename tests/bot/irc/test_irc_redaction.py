"""No log holds a secret, at any level."""

import asyncio
import base64
import logging
from pathlib import Path

import pytest
from scramp import ScramMechanism

from bot.irc.events import Disconnected, Joined
from bot.irc.redaction import redact
from tests.fakes_irc import SERVER, Peer, ScriptedServer, connected, settings_for


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


async def test_scram_a_key_of_chanserv_and_a_question_to_nickserv_leave_none_either(
    server: ScriptedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG, everybody's logs: ours, the libraries', the loop's. Nor does standing tell any."""
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    path = tmp_path / "sasl"
    path.write_text("hush-sasl")
    path.chmod(0o600)
    sasl = {"account": "BackupServ", "password": {"file": str(path)}}
    chanserv = "ChanServ!services@services.host"
    mechanism = ScramMechanism("SCRAM-SHA-256")
    secrets = mechanism.make_auth_info("hush-sasl", iteration_count=4096)
    services = mechanism.make_server(lambda _: secrets)
    said: list[str] = []

    async def hear(peer: Peer) -> str:
        said.append((await peer.expect("^AUTHENTICATE")).partition(" ")[2])
        return base64.b64decode(said[-1]).decode()

    async with connected(settings_for(server, sasl=sasl)) as seen:
        peer = await server.accept()
        await peer.expect("^CAP LS")
        peer.send(f"{SERVER} CAP * LS :sasl=SCRAM-SHA-256", f"{SERVER} CAP * ACK :sasl", "AUTHENTICATE +")
        await peer.expect("^AUTHENTICATE SCRAM-SHA-256$")
        services.set_client_first(await hear(peer))
        peer.send("AUTHENTICATE " + base64.b64encode(services.get_server_first().encode()).decode())
        services.set_client_final(await hear(peer))
        peer.send("AUTHENTICATE " + base64.b64encode(services.get_server_final().encode()).decode())
        peer.send(f"{SERVER} 903 * :ok", f"{SERVER} 001 BackupServ :hi")
        await peer.expect("^JOIN #opers$")
        peer.send(f"{SERVER} 475 BackupServ #opers :Cannot join channel (+k)")
        await peer.expect("^WHOIS")
        peer.send(f"{SERVER} 311 BackupServ ChanServ services services.host * :x")
        peer.send(f"{SERVER} 312 BackupServ ChanServ services.test :x", f"{SERVER} 318 BackupServ ChanServ :End")
        await peer.expect("^PRIVMSG ChanServ :GETKEY #opers$")
        peer.send(f":{chanserv} NOTICE BackupServ :Channel #opers key is: hush-key")
        await peer.expect("^JOIN #opers hush-key$")
        peer.take_in()
        await seen.wait(Joined)
        told = f"{seen.connection.standing()} {seen.events} {seen.connection.__dict__}"
    assert "hush" not in caplog.text + told
    assert not [word for word in said if len(word) > 1 and word in caplog.text]
    assert "[hidden]" in caplog.text
