"""Logging in to services while we say hello. Lines in, lines out; no I/O.

https://ircv3.net/specs/extensions/sasl-3.2; a mechanism is what `Login.payload` says for it.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.irc.messages import Line

_CHUNK = 400  # bytes of base64 in one AUTHENTICATE
FAILED = {
    "902": "the account is locked",
    "904": "the account or password is wrong",
    "905": "the server found our answer too long",
    "906": "the server broke it off",
    "908": "the server does not take this mechanism",
}
# Logged in: by SASL, by whatever else, or already.
LOGGED_IN = frozenset({"900", "903", "907"})
LOGGED_OUT = "901"


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


class Exchange:
    """One attempt. `offered` is the value of the capability: the mechanisms, or "" where the server does not say."""

    def __init__(self, login: Login, offered: str) -> None:
        self._login = login
        self._offered = offered
        self._asked = False
        self.failure = ""

    def begin(self) -> list[str]:
        """The first line; none where it cannot succeed."""
        if self._offered and self._login.mechanism not in self._offered.upper().split(","):
            self.failure = FAILED["908"]
            return []
        self._asked = True
        return [f"AUTHENTICATE {self._login.mechanism}"]

    def feed(self, line: Line) -> list[str]:
        """What to answer. What we know is said once, and only when we are asked for it."""
        if line.verb in FAILED:
            self.failure = FAILED[line.verb]
        elif line.verb == "AUTHENTICATE" and line.param(0) == "+" and self._asked:
            self._asked = False
            return [f"AUTHENTICATE {chunk}" for chunk in _chunks(self._login.payload())]
        return []


def _chunks(payload: bytes) -> Iterator[str]:
    """Base64 in pieces of 400; a last piece of exactly 400, and nothing at all, is followed by `+`."""
    text = base64.b64encode(payload).decode()
    for start in range(0, len(text), _CHUNK):
        yield text[start : start + _CHUNK]
    if len(text) % _CHUNK == 0:
        yield "+"
