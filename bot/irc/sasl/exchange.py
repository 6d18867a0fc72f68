"""Logging in to services while we say hello. Lines in, lines out; no I/O.

https://ircv3.net/specs/extensions/sasl-3.2. Of what is configured and offered the best mechanism is tried first, and
the next one where the server refuses it; a server that is caught lying is told nothing more.
"""

import base64
from collections.abc import Iterator

from bot.irc.messages import Line
from bot.irc.sasl.errors import Dishonest, Unusable
from bot.irc.sasl.login import Login, MechanismName
from bot.irc.sasl.mechanisms import Mechanism, begin
from core.domain.errors import BackupServError

_CHUNK = 400  # bytes of base64 in one AUTHENTICATE
_MOST = 16 * _CHUNK  # of one challenge: SCRAM's longest is a few hundred
MECHANISMS = "908"
FAILED = {
    "902": "the account is locked",
    "904": "the account or password is wrong",
    "905": "the server found our answer too long",
    "906": "the server broke it off",
    MECHANISMS: "the server does not take this mechanism",
}
# Logged in: by SASL, by whatever else, or already.
LOGGED_IN = frozenset({"900", "903", "907"})
LOGGED_OUT = "901"


class Exchange:
    """One attempt. `offered` is the value of the capability: the mechanisms, or "" where the server does not say."""

    def __init__(self, login: Login, offered: str, *, tls: bool = True) -> None:
        self._login = login
        self._left = login.mechanisms(tls=tls)
        self._secured = tls
        self._offer(offered)
        self._mechanism: Mechanism | None = None
        self._incoming = ""
        self.name: MechanismName | None = None  # the one that is tried, or was last
        self.failure = ""
        self.lied = False  # it is told nothing more, whatever it offers later

    def _offer(self, mechanisms: str) -> None:
        if mechanisms:
            self._left = [name for name in self._left if name in mechanisms.upper().split(",")]

    @property
    def satisfied(self) -> bool:
        """Whether the server may be believed when it says that we are logged in."""
        return self._mechanism is not None and self._mechanism.satisfied

    def begin(self) -> list[str]:
        """The first line of the next mechanism; none where nothing is left to try."""
        while self._left:
            self.name = self._left.pop(0)
            try:
                self._mechanism = begin(self.name, self._login)
            except Unusable as reason:
                self.failure = str(reason)
            else:
                self._incoming = self.failure = ""
                return [f"AUTHENTICATE {self.name}"]
        self._mechanism = None
        self.failure = self.failure or self._impossible()
        return []

    def _impossible(self) -> str:
        if not self._login.mechanisms(tls=self._secured):
            return "nothing that is configured may be said without TLS"
        return FAILED[MECHANISMS]

    def feed(self, line: Line) -> list[str]:
        """What to answer. After a line that sets `failure`, the attempt is over."""
        if line.verb in FAILED:
            return self._refused(line)
        if line.verb != "AUTHENTICATE" or self._mechanism is None:
            return []
        piece = line.param(0)
        self._incoming += "" if piece == "+" else piece
        if len(self._incoming) > _MOST:
            return self.break_off("the server's challenge is too long")
        return [] if len(piece) == _CHUNK else self._answer(self._mechanism)

    def _answer(self, mechanism: Mechanism) -> list[str]:
        try:
            challenge = base64.b64decode(self._incoming, validate=True)
            answer = mechanism.answer(challenge)
        except Dishonest as reason:
            self.lied = True
            return self.break_off(str(reason))
        except BackupServError as reason:
            return self.break_off(str(reason))
        except ValueError:
            return self.break_off("the server's challenge is no base64")
        self._incoming = ""
        return [f"AUTHENTICATE {chunk}" for chunk in _chunks(answer)]

    def _refused(self, line: Line) -> list[str]:
        if line.verb == MECHANISMS:
            self._offer(line.param(1))
            if self._left:
                return []  # 904 follows, and then the next one is tried
        reason = FAILED[line.verb]
        if line.verb in {"904", MECHANISMS} and (lines := self.begin()):
            return lines
        self.failure = reason
        return []

    def break_off(self, reason: str) -> list[str]:
        """Nothing more is said to this server."""
        self._mechanism = None
        self.failure = reason
        return ["AUTHENTICATE *"]


def _chunks(payload: bytes) -> Iterator[str]:
    """Base64 in pieces of 400; a last piece of exactly 400, and nothing at all, is followed by `+`."""
    text = base64.b64encode(payload).decode()
    for start in range(0, len(text), _CHUNK):
        yield text[start : start + _CHUNK]
    if len(text) % _CHUNK == 0:
        yield "+"
