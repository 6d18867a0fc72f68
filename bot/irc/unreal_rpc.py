"""A way to ask UnrealIRCd itself: JSON-RPC 2.0 over its socket, or over HTTPS.

https://www.unrealircd.org/docs/JSON-RPC: on the UNIX socket (data/rpc.socket) one JSON text per line and no login; over
HTTPS a POST to /api with the name and password of an rpc-user block. An rpc-class "read-only" is enough.
"""

import asyncio
import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from bot.settings import OracleSettings
from core.domain.errors import BackupServError, ControlFailed
from core.secrets import Secret

_LIMIT = 1 << 18  # bytes of an answer: a user in very many channels has a tenth of it
_SECONDS = 2.5  # the rest of the time is for who is asked instead


class RpcUnreachable(Exception):
    """Nobody answers there, or what answers is not UnrealIRCd."""


class Rpc(Protocol):
    """Carries one question there and its answer back."""

    async def carry(self, question: bytes) -> bytes:
        """The answer, of bounded size and within bounded time.

        Raises:
            RpcUnreachable: there is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class SocketRpc:
    """The UNIX socket."""

    path: Path

    async def carry(self, question: bytes) -> bytes:
        """See the port."""
        try:
            async with asyncio.timeout(_SECONDS):
                reader, writer = await asyncio.open_unix_connection(str(self.path), limit=_LIMIT)
                try:
                    writer.write(question + b"\n")
                    return await reader.readuntil(b"\n")
                finally:
                    writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            raise RpcUnreachable(type(error).__name__) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsRpc:
    """The HTTPS listener."""

    url: str
    user: str
    password: Secret
    ca_file: Path | None

    async def carry(self, question: bytes) -> bytes:
        """See the port."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await asyncio.to_thread(self._post, question)
        except (OSError, BackupServError, ValueError) as error:
            raise RpcUnreachable(type(error).__name__) from None

    def _post(self, question: bytes) -> bytes:
        import http.client  # noqa: PLC0415 — start-up time is a promise, and only whoever asks this way needs it
        import ssl  # noqa: PLC0415 — same

        parts = urlsplit(self.url)
        context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=_SECONDS, context=context)
        login = base64.b64encode(f"{self.user}:{self.password.reveal()}".encode()).decode()
        try:
            words = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
            connection.request("POST", parts.path or "/api", question, words)
            # Redirects are not followed: http.client never does, and the password must not travel.
            return connection.getresponse().read(_LIMIT)
        except http.client.HTTPException as error:
            raise RpcUnreachable(type(error).__name__) from None
        finally:
            connection.close()


def way_to(settings: OracleSettings) -> Rpc | None:
    """The configured way to the server's JSON-RPC; None where there is none."""
    if settings.socket is not None:
        return SocketRpc(settings.socket)
    if settings.url is not None and settings.user is not None and settings.password is not None:
        return HttpsRpc(url=settings.url, user=settings.user, password=settings.password, ca_file=settings.ca_file)
    return None


async def call(rpc: Rpc, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """The result of one call; None where the server knows nothing of that name.

    Raises:
        RpcUnreachable: no answer, or none that is one.
    """
    question = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
    try:
        answer = json.loads(await rpc.carry(json.dumps(question).encode()))
    except (ValueError, RecursionError):
        raise RpcUnreachable("no JSON") from None
    if not isinstance(answer, dict) or answer.get("id") != 1:
        raise RpcUnreachable("not the answer to our question")
    if isinstance(answer.get("error"), dict):
        if answer["error"].get("code") == _NOT_FOUND:
            return None
        raise RpcUnreachable("the server refused the question")
    result = answer.get("result")
    if not isinstance(result, dict):
        raise RpcUnreachable("an answer without a result")
    return result


_NOT_FOUND = -1000  # JSON_RPC_ERROR_NOT_FOUND, include/struct.h of UnrealIRCd 6


def knock_at(rpc: Rpc, nick: str) -> str:
    """Ask for one user, as the bot will for each command; what came of it, in words.

    Raises:
        ControlFailed: no answer, or none that is one.
    """
    try:
        found = asyncio.run(call(rpc, "user.get", {"nick": nick, "object_detail_level": 4}))
    except RpcUnreachable as error:
        raise ControlFailed(
            f"UnrealIRCd's JSON-RPC cannot be asked ({error})",
            hint="look at irc.oracle: may this user open the socket? over HTTPS: rpc-user, password, ca_file",
        ) from None
    return f"user.get answers; {nick} is {'on' if found else 'not on'} the network now"
