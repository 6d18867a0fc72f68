"""`backupserv irc-check` as a program of its own, against a server that a test plays."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fakes_irc import SERVER, Peer

PLAINTEXT = '[irc.tls]\nmode = "never"\n'


def write_config(folder: Path, port: int, *, more: str = "", host: str = "127.0.0.1") -> Path:
    """A configuration with [irc] alone; quick to come back."""
    path = folder / "bot.toml"
    path.write_text(f"""\
state_dir = "{folder}/state"
[irc]
server = "{host}"
port = {port}
nick = "bot"
channel = "#opers"
reconnect_seconds = 0.05
reconnect_limit_seconds = 0.2
{more}""")
    return path


def login(folder: Path, mechanism: str, *, account: str = "jilles", password: str = "sesame", key: str = "") -> str:
    """An [irc.sasl] table."""
    text = f'[irc.sasl]\nmechanism = "{mechanism}"\naccount = "{account}"\nplain_without_tls = true\n'
    for name, content in (("password", password), ("key", key)):
        if content:
            path = folder / name
            path.write_text(content)
            path.chmod(0o600)
    return text + (f'key = "{folder}/key"\n' if key else f'password = {{ file = "{folder}/password" }}\n')


@asynccontextmanager
async def checking(config: Path, *words: str) -> AsyncIterator[Process]:
    """The program, until the block ends."""
    program = [sys.executable, "-m", "bot", "irc-check", "--config", str(config), *words]
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def until_sasl(peer: Peer, mechanisms: str = "") -> None:
    """Capabilities, up to where the login begins."""
    assert await peer.expect(".", 20) == "CAP LS 302"
    peer.send(f"{SERVER} CAP * LS :sasl{mechanisms}")
    await peer.expect("^CAP REQ :sasl$")
    peer.send(f"{SERVER} CAP * ACK :sasl")


async def logged_in(peer: Peer) -> None:
    """The server is content; so must the client be."""
    peer.send(f"{SERVER} 900 * * jilles :You are now logged in.", f"{SERVER} 903 * :SASL authentication successful")
    assert await peer.expect("^(CAP|AUTHENTICATE)") == "CAP END"
