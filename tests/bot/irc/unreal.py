"""A JSON-RPC server as UnrealIRCd 6 has it, on a UNIX socket or over HTTPS.

UnrealIRCd itself is no package of this machine. What is here follows what it was seen to answer: one JSON text per
line on the socket, `user.get` by nick or UID, `object_detail_level` 4, error -1000 for a user that is not there.
"""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOT_FOUND = {"code": -1000, "message": "Nickname not found"}


def user(nick: str, **changes: Any) -> dict[str, Any]:
    """A hidden operator as level 4 shows them; keys of `client`, and of `client.user` where they are there."""
    of_user = {
        "username": "a",
        "realname": "Alice",
        "vhost": "netadmin.test",
        "cloakedhost": "Clk-1234.test",
        "servername": "irc.test",
        "account": "Alice",
        "reputation": 40,
        "security-groups": ["known-users", "tls-users"],
        "modes": "iowxzH",
        "operlogin": "hid",
        "operclass": "netadmin",
        "channels": [{"name": "#opers", "level": ""}],
    }
    client = {
        "name": nick,
        "id": "001ABCDEF",
        "hostname": "real.host.test",
        "ip": "192.0.2.7",
        "details": f"{nick}!a@real.host.test",
        "connected_since": "2026-11-23T09:00:00.000Z",
        "tls": {"certfp": "AB" * 32, "cipher": "TLSv1.3-TLS_CHACHA20_POLY1305_SHA256"},
    }
    of_user |= {key: value for key, value in changes.items() if key in of_user}
    client |= {key: value for key, value in changes.items() if key not in of_user}
    return client | {"user": of_user}


@dataclass
class FakeUnreal:
    """Who is on the network, and what was asked."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    raw: bytes | None = None  # what it says to everything, if set
    mute: bool = False

    def answer(self, question: bytes) -> bytes:
        call = json.loads(question)
        self.asked.append(call)
        if self.raw is not None:
            return self.raw
        found = self.people.get(str(call["params"]["nick"]).lower())
        what = {"result": {"client": found}} if found else {"error": NOT_FOUND}
        return json.dumps({"jsonrpc": "2.0", "method": call["method"], "id": call["id"]} | what).encode() + b"\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The socket: a line in, a line out."""
        question = await reader.readline()
        if self.mute:
            await reader.read()  # until it has hung up
        writer.write(self.answer(question))
        writer.close()

    async def serve_https(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """POST /api with a name and a password."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r")[0])
        login = base64.b64encode(b"backupserv:rpc-password").decode()
        if not head.startswith("POST /api ") or f"Authorization: Basic {login}" not in head:
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        else:
            body = self.answer(await reader.readexactly(length))
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()


@asynccontextmanager
async def on_socket(path: Path, unreal: FakeUnreal) -> AsyncIterator[None]:
    """Serve until the block ends."""
    async with await asyncio.start_unix_server(unreal.serve, str(path), limit=1 << 20):
        yield


@asynccontextmanager
async def on_https(unreal: FakeUnreal, folder: Path) -> AsyncIterator[int]:
    """Serve with the certificate in a folder; yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(folder / "server.pem"), str(folder / "server.key"))
    async with await asyncio.start_server(unreal.serve_https, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
