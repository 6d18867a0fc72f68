"""One connection to the demo's server: TLS, lines, and saying hello."""

import re
import select
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import irc.server

_CAPS = ("account-notify", "account-tag", "message-tags", "server-time")
_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,29}")
_LINE = 512 + 4096
_MOST_QUEUED = 2000  # lines for somebody who does not read


class Puppet:
    """A pseudo-client of services: what is said to it goes to them."""

    def __init__(self, nick: str, owner: "Connection") -> None:
        self.nick = nick
        self.owner = owner
        self.user = nick.lower()
        self.realname = nick
        self.channels: dict[str, Any] = {}
        self.account = ""
        self.is_oper = False
        self.is_service = True
        self.gone = False

    def client_ident(self) -> str:
        """As it is seen."""
        return f"{self.nick}!{self.user}@services.demo.test"


class Connection(irc.server.IRCClient):  # type: ignore[misc]  # the library ships no types
    """Reads lines, hands them to `_do_VERB`, and sends what others have queued."""

    server: Any
    request: Any
    nick: Any
    user: Any

    def setup(self) -> None:
        """TLS first; who does not finish the handshake in time is gone."""
        self.account = ""
        self.is_oper = False
        self.is_service = False
        self.services = False
        self.gone = False
        self.leaving = False
        self.caps: set[str] = set()
        self._negotiating = False
        self._wanted_nick = ""
        self._rest = b""
        self.request.settimeout(10)
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.server.connections.add(self)

    def handle(self) -> None:
        """Until somebody hangs up."""
        try:
            while not self.gone:
                self._turn()
        except (self.Disconnect, OSError, ValueError):
            pass

    def hang_up(self) -> None:
        """The end, once what waits has been sent."""
        self.leaving = True

    def _speak(self) -> None:
        leaving = self.leaving
        while self.send_queue and not self.server.frozen:
            self._send(self.send_queue.pop(0))
        if leaving:
            raise self.Disconnect

    def _turn(self) -> None:
        self._speak()
        if len(self.send_queue) > _MOST_QUEUED:
            raise self.Disconnect
        if not self.request.pending() and not select.select([self.request], [], [], 0.02)[0]:
            return
        try:
            data = self.request.recv(4096)
        except (ssl.SSLWantReadError, TimeoutError):
            return
        if not data or len(self._rest) > _LINE:
            raise self.Disconnect
        *lines, self._rest = (self._rest + data).split(b"\n")
        for raw in lines:
            line = raw.rstrip(b"\r").decode("utf-8", "replace").replace("\r", "")
            if line and not self.server.frozen:
                with self.server.lock:
                    self._take(line)

    def _send(self, msg: str) -> None:
        self.request.sendall(msg.replace("\n", " ").replace("\r", " ").encode()[:_LINE] + b"\r\n")

    # --- lines -------------------------------------------------------------------------------

    def _take(self, line: str) -> None:
        if line.startswith("@"):
            line = line.partition(" ")[2]
        puppet = ""
        if line.startswith(":"):
            puppet, _, line = line[1:].partition(" ")
        verb, _, rest = line.partition(" ")
        if self.services:
            self._from_services(puppet, verb.upper(), rest)
            return
        act: Callable[[str], None] | None = getattr(self, f"_do_{verb.lower()}", None)
        registered = self._is_registered()
        if act is None or (
            not registered and verb.upper() not in {"CAP", "NICK", "USER", "PING", "PONG", "QUIT", "SERVICES"}
        ):
            self._numeric(
                "421" if registered else "451", f"{verb} :Unknown command" if registered else ":Not registered"
            )
            return
        act(rest)

    def _from_services(self, puppet: str, verb: str, rest: str) -> None:
        """A line of the services link; only a whole client knows them."""
        del puppet, verb, rest
        raise self.Disconnect

    def _is_registered(self) -> bool:
        return bool(self.nick) and self.server.clients.get(self.nick) is self

    def _numeric(self, number: str, text: str) -> None:
        self.send_queue.append(f":{self.server.servername} {number} {self.nick or '*'} {text}")

    def client_ident(self) -> str:
        """nick!user@host."""
        return f"{self.nick}!{self.user}@127.0.0.1"

    def _tell(self, other: Any, line: str) -> None:
        """Send a line of ours to somebody, with the tags that they asked for."""
        if isinstance(other, Puppet):
            tags = [f"account={self.account}"] if self.account else []
            tags += ["oper"] if self.is_oper else []
            other.owner.send_queue.append(f"@{';'.join(tags) or 'none'} {line}")
            return
        tags = []
        if "server-time" in other.caps:
            tags.append(f"time={datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z")
        if "account-tag" in other.caps and self.account:
            tags.append(f"account={self.account}")
        other.send_queue.append(f"@{';'.join(tags)} {line}" if tags else line)

    def _neighbours(self) -> set[Any]:
        return {client for channel in self.channels.values() for client in channel.clients} - {self}

    # --- arriving ----------------------------------------------------------------------------

    def _do_cap(self, rest: str) -> None:
        verb, _, names = rest.partition(" ")
        wanted = names.lstrip(":").split()
        nick = self.nick or "*"
        if verb.upper() == "LS":
            self._negotiating = not self._is_registered()
            self.send_queue.append(f":{self.server.servername} CAP {nick} LS :{' '.join(_CAPS)}")
        elif verb.upper() == "REQ":
            known = all(name in _CAPS for name in wanted)
            self.caps |= set(wanted) if known else set()
            answer = "ACK" if known else "NAK"
            self.send_queue.append(f":{self.server.servername} CAP {nick} {answer} :{' '.join(wanted)}")
        elif verb.upper() == "END":
            self._negotiating = False
            self._arrive()

    def _do_nick(self, rest: str) -> None:
        nick = rest.lstrip(":").split(" ")[0]
        if not _NICK.fullmatch(nick):
            self._numeric("432", f"{nick} :Erroneous nickname")
        elif self._find(nick) not in (None, self):
            self._numeric("433", f"{nick} :Nickname is already in use")
        elif self._is_registered():
            line = f":{self.client_ident()} NICK :{nick}"
            for other in (self, *self._neighbours()):
                self._tell(other, line)
            del self.server.clients[self.nick]
            self.nick = nick
            self.server.clients[nick] = self
        else:
            self._wanted_nick = nick
            self._arrive()

    def _do_user(self, rest: str) -> None:
        words = rest.split(" ", 3)
        if len(words) == 4:  # noqa: PLR2004 — user, mode, unused, real name
            self.user, self.realname = words[0][:10], words[3].lstrip(":")
            self._arrive()

    def _arrive(self) -> None:
        if self._is_registered() or self._negotiating or not self.user or not self._wanted_nick:
            return
        if self._find(self._wanted_nick) is not None:
            self._numeric("433", f"{self._wanted_nick} :Nickname is already in use")
            return
        self.nick = self._wanted_nick
        self.server.clients[self.nick] = self
        self._numeric("001", f":Welcome to DemoNet, {self.client_ident()}")
        self._numeric("002", f":Your host is {self.server.servername}")
        self._numeric("005", "CASEMAPPING=rfc1459 CHANTYPES=# NICKLEN=30 NETWORK=DemoNet PREFIX=(o)@ :are supported")
        self._numeric("422", ":there is no message of the day")

    def _find(self, nick: str) -> Any:
        wanted = nick.lower()
        return next((client for name, client in self.server.clients.items() if name.lower() == wanted), None)

    def finish(self) -> None:
        """Tell the neighbours, take everything of ours away, and hang up: whoever sees that may have the nick."""
        with self.server.lock:
            self.server.connections.discard(self)
            line = f":{self.client_ident()} QUIT :gone"
            for other in self._neighbours():
                self._tell(other, line)
            for channel in self.channels.values():
                channel.clients.discard(self)
            mine = [
                nick for nick, who in self.server.clients.items() if who is self or getattr(who, "owner", 0) is self
            ]
            for nick in mine:
                del self.server.clients[nick]
        self.request.close()
