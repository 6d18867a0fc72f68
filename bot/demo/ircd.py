"""An IRC server inside the process, for the demo and for tests: TLS, OPER, WHOIS, several people.

Grown from the server in the `irc` library, which knows channels and messages; here it learns to prove itself, to hold
registration until capabilities are agreed, and to vouch for people. It serves a demo, never a network.

Services link to it over a tiny protocol of their own, on the same port:
  → `SERVICES password`        instead of NICK and USER
  → `INTRODUCE nick`           a pseudo-client of theirs
  → `SVSACCOUNT nick account`  who is logged in ("*": nobody)
  → `:nick NOTICE target :text` as one of their pseudo-clients
  ← `@account=…;oper :nick!user@host PRIVMSG pseudo-client :text`
"""

import ssl
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import irc.server

from bot.demo.ircd_client import DemoClient


class DemoIrcd(irc.server.IRCServer):  # type: ignore[misc]  # the library ships no types
    """The server. `start` serves in a thread; `stop` closes every connection."""

    def __init__(
        self,
        *,
        certificate: Path,
        key: Path,
        opers: Mapping[str, str],
        services_password: str,
        name: str = "irc.demo.test",
        port: int = 0,
    ) -> None:
        super().__init__(("127.0.0.1", port), DemoClient)
        self.servername = name
        self.opers = dict(opers)
        self.services_password = services_password
        self.lock = threading.RLock()
        self.frozen = False
        self.connections: set[DemoClient] = set()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(str(certificate), str(key))
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1, with TLS only."""
        address: tuple[str, int] = self.server_address
        return address[1]

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Close the door and every connection."""
        self.shutdown()
        self.server_close()
        for client in list(self.connections):
            client.gone = True
        deadline = time.monotonic() + 2
        while self.connections and time.monotonic() < deadline:
            time.sleep(0.02)
        self._thread.join(2)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that fails, a peer that vanishes: that client's end, and nobody else's business."""

    # --- faults, for tests -------------------------------------------------------------------

    def drop(self, nick: str) -> None:
        """Cut somebody off without a word."""
        self.clients[nick].gone = True

    def freeze(self, *, frozen: bool = True) -> None:
        """Answer nobody any more, with all connections open."""
        self.frozen = frozen

    def deoper(self, nick: str) -> None:
        """Take somebody's operator rights."""
        self.clients[nick].is_oper = False

    def has(self, nick: str) -> bool:
        """Whether that nick is there."""
        return nick in self.clients

    def is_in(self, nick: str, channel: str) -> bool:
        """Whether that nick is there, and in that channel."""
        client = self.clients.get(nick)
        return client is not None and channel in client.channels
