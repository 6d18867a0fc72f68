"""Saying hello: capabilities (IRCv3 CAP 302) and SASL, before the server lets us in. Lines in, lines out; no I/O.

https://ircv3.net/specs/extensions/capability-negotiation and sasl-3.2; servers' habits are noted where they matter.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.irc.messages import Line

WANTED = frozenset(
    {"account-notify", "account-tag", "batch", "chghost", "extended-join", "message-tags", "server-time", "setname"}
)
_CHUNK = 400  # bytes of base64 in one AUTHENTICATE
_MOST = 128  # capabilities that are looked at: no server has more
_FAILED = {
    "902": "the account is locked",
    "904": "the account or password is wrong",
    "905": "the server found our answer too long",
    "906": "the server broke it off",
    "907": "we were already logged in",
    "908": "the server does not take this mechanism",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How we log in to services."""

    mechanism: Literal["PLAIN", "EXTERNAL"]
    account: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.mechanism})"  # never the password

    def payload(self) -> bytes:
        """What the mechanism says: RFC 4616 with the account as authzid too, or nothing."""
        if self.mechanism == "EXTERNAL":
            return b""
        return b"\0".join([self.account.encode(), self.account.encode(), self.password.encode()])


class Registration:
    """From the first byte to 001. Feed it every line; send what it returns."""

    def __init__(self, *, nick: str, username: str, realname: str, login: Login | None) -> None:
        self.nick = nick
        self.welcomed = False
        self.sasl_failure = ""
        self.logged_in = False
        self.enabled: set[str] = set()
        self._wanted_nick = nick
        self._user = f"USER {username} 0 * :{realname}"
        self._login = login
        self._offered: dict[str, str] = {}
        self._pending: set[str] = set()
        self._ended = False

    def hello(self) -> list[str]:
        """The first lines."""
        return ["CAP LS 302", f"NICK {self.nick}", self._user]

    def feed(self, line: Line) -> list[str]:
        """What to answer to a line, until we are welcomed."""
        if line.verb == "CAP":
            return self._cap(line)
        if line.verb == "AUTHENTICATE":
            return self._authenticate(line)
        if line.verb == "903":
            self.logged_in = True
            return self._end()
        if line.verb in _FAILED:
            return self._sasl_failed(_FAILED[line.verb])
        if line.verb in {"432", "433", "436", "437"} and not self.welcomed:
            return self._other_nick()
        if line.verb == "001":
            self.welcomed = True
            self.nick = line.param(0) or self.nick
        return []

    # --- capabilities ------------------------------------------------------------------------

    def _cap(self, line: Line) -> list[str]:
        verb = line.param(1).upper()
        names = line.params[-1].split() if len(line.params) > 2 else []  # noqa: PLR2004 — target, subcommand, list
        if verb == "LS" and not self._ended:
            return self._listed(names, more=line.param(2) == "*")
        if verb == "ACK":
            self.enabled |= {name for name in names if not name.startswith("-")}
            self._pending -= set(names)
            return self._answered()
        if verb == "NAK":
            # What is refused together may be granted alone; but nothing here is worth a second round.
            self._pending -= set(names) or self._pending
            return self._answered()
        if verb == "DEL":
            self.enabled -= set(names)
        return []

    def _listed(self, names: list[str], *, more: bool) -> list[str]:
        for name in names[: _MOST - len(self._offered)]:
            key, _, value = name.partition("=")
            self._offered[key] = value
        if more:
            return []
        wanted = set(WANTED) & set(self._offered)
        if self._login is not None and "sasl" in self._offered:
            wanted.add("sasl")
        elif self._login is not None:
            self.sasl_failure = "the server offers no SASL: services may be down"
        self._pending = set(wanted)
        # SASL alone, so that a refusal of anything else does not take it away.
        requests = [sorted(wanted - {"sasl"}), ["sasl"] if "sasl" in wanted else []]
        return [f"CAP REQ :{' '.join(names)}" for names in requests if names] or self._end()

    def _answered(self) -> list[str]:
        if self._pending or self._ended:
            return []
        if self._login is not None and "sasl" in self.enabled:
            return self._begin_sasl(self._login)
        if self._login is not None and not self.sasl_failure:
            self.sasl_failure = "the server refused SASL"
        return self._end()

    def _end(self) -> list[str]:
        if self._ended:
            return []
        self._ended = True
        return ["CAP END"]

    # --- SASL --------------------------------------------------------------------------------

    def _begin_sasl(self, login: Login) -> list[str]:
        offered = self._offered.get("sasl", "")
        if offered and login.mechanism not in offered.upper().split(","):
            return self._sasl_failed(_FAILED["908"])
        return [f"AUTHENTICATE {login.mechanism}"]

    def _authenticate(self, line: Line) -> list[str]:
        if self._login is None or self._ended or line.param(0) != "+":
            return []
        return [f"AUTHENTICATE {chunk}" for chunk in _chunks(self._login.payload())]

    def _sasl_failed(self, reason: str) -> list[str]:
        if self.logged_in or self._ended:
            return []
        self.sasl_failure = reason
        return self._end()

    # --- nicks -------------------------------------------------------------------------------

    def _other_nick(self) -> list[str]:
        """The next best name: the wanted one with a growing tail, never longer than the shortest common limit."""
        tail = len(self.nick) - len(self._wanted_nick) + 1 if self.nick.startswith(self._wanted_nick) else 1
        self.nick = f"{self._wanted_nick}{'_' * tail}" if tail <= 3 else f"{self._wanted_nick[:6]}{tail % 1000}"  # noqa: PLR2004 — three tails, then numbers
        return [f"NICK {self.nick}"]


def _chunks(payload: bytes) -> Iterator[str]:
    """Base64 in pieces of 400; a last piece of exactly 400, and nothing at all, is followed by `+`."""
    text = base64.b64encode(payload).decode()
    for start in range(0, len(text), _CHUNK):
        yield text[start : start + _CHUNK]
    if len(text) % _CHUNK == 0:
        yield "+"
