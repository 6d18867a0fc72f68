"""What WHOIS says about a nick. Only its numerics count: a text in an answer can be anybody's own words."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.irc.casemap import Name, Names
from bot.irc.messages import Line

ANSWER_SECONDS = 5.0
_FORGET_SECONDS = 60.0  # after which an answer that never came is no longer expected
_MOST = 20  # questions at the same time
_HEX = frozenset("0123456789abcdef:")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody can be vouched for; for the audit trail, not for the sender."""

    reason: str


@dataclass(slots=True)
class Whois:
    """One answer, as its lines come in."""

    nick: str = ""
    user_host: str = ""
    account: str | None = None
    is_oper: bool = False  # numeric 313, never a text that reads like it (320 is free text)
    secure: bool = False
    certfp: str | None = None
    server: str = ""

    def feed(self, line: Line) -> None:
        """One numeric of the answer."""
        if line.verb == "311":
            self.nick, self.user_host = line.param(1), f"{line.param(2)}@{line.param(3)}"
        elif line.verb == "312":
            self.server = line.param(2)
        elif line.verb == "313":
            self.is_oper = True
        elif line.verb == "330":
            self.account = line.param(2) or None
        elif line.verb in {"671", "275"}:
            self.secure = True
        elif line.verb == "276" and self.certfp is None:
            self.certfp = _fingerprint(line.last)


def _fingerprint(text: str) -> str | None:
    """The last word of "has client certificate fingerprint …"; InspIRCd 4 adds lines for older forms after it."""
    word = text.rpartition(" ")[2].lower()
    return word.replace(":", "") if word and _HEX.issuperset(word) else None


@dataclass(slots=True)
class _Question:
    """One WHOIS under way. It stays until its end has come, so that the next one cannot be given this one's answer."""

    answer: "asyncio.Future[Whois | Refusal]"
    asked_at: float
    found: Whois = field(default_factory=Whois)

    def settle(self, answer: Whois | Refusal) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)


class WhoisDesk:
    """Asks, one question per nick at a time. Feed it every line of the connection, in order."""

    def __init__(self, send: Callable[[str], None], names: Names) -> None:
        self._send = send
        self._names = names
        self._open: dict[Name, _Question] = {}

    def feed(self, line: Line) -> None:
        """Look at a line; answers come from servers, so a line of a person is none."""
        if not line.verb.isdigit() or "!" in line.prefix:
            return
        if line.verb == "263" and line.param(1).upper() == "WHOIS":
            self._try_again()
            return
        name = self._names.name(line.param(1))
        question = self._open.get(name)
        if question is None:
            return
        if line.verb == "401":
            question.settle(Refusal("no such nick any more"))
        elif line.verb == "318":
            del self._open[name]
            question.settle(question.found)
        else:
            question.found.feed(line)

    def _try_again(self) -> None:
        """The server is too busy for the question that waits longest: there will be no answer to it."""
        if self._open:
            oldest = next(iter(self._open))
            self._open.pop(oldest).settle(Refusal("the server was too busy to answer WHOIS"))

    async def ask(self, nick: str, seconds: float = ANSWER_SECONDS) -> Whois | Refusal:
        """What the server says about a nick at this moment; or why nothing is known."""
        self._tidy()
        name = self._names.name(nick)
        if name in self._open:
            return Refusal("asked about already at this moment")
        if len(self._open) >= _MOST:
            return Refusal("too many are asked about at this moment")
        question = _Question(asyncio.get_running_loop().create_future(), time.monotonic())
        self._open[name] = question
        self._send(f"WHOIS {nick}")
        try:
            async with asyncio.timeout(seconds):
                return await question.answer
        except TimeoutError:
            return Refusal("the server did not answer WHOIS in time")

    def _tidy(self) -> None:
        old = time.monotonic() - _FORGET_SECONDS
        for name in [name for name, question in self._open.items() if question.asked_at < old]:
            del self._open[name]

    def close(self, reason: str) -> None:
        """The link is gone: nobody will answer."""
        for question in self._open.values():
            question.settle(Refusal(reason))
        self._open.clear()
