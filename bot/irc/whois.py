"""What WHOIS says about a nick. Only its numerics count: a text in an answer can be anybody's own words.

Where the server labels its answers (IRCv3 labeled-response), only lines under our label are taken. InspIRCd answers
about a user of another server later, and then says ACK first: from there on its lines come without a label.
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.irc.casemap import Name, Names
from bot.irc.messages import Line
from bot.irc.oper_text import fingerprint

ANSWER_SECONDS = 5.0
_FORGET_SECONDS = 60.0  # after which an answer that never came is no longer expected
_MOST = 20  # questions at the same time
_MOST_FINGERPRINTS = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody can be vouched for; for the audit trail, not for the sender."""

    reason: str


BUSY = Refusal("the server was too busy to answer WHOIS")


@dataclass(slots=True)
class Whois:
    """One answer, as its lines come in."""

    nick: str = ""
    user_host: str = ""
    account: str | None = None
    is_oper: bool = False  # numeric 313, never a text that reads like it (320 is free text)
    oper_text: str = ""
    secure: bool = False
    certfps: tuple[str, ...] = ()
    server: str = ""
    signed_on: int | None = None  # seconds since 1970, by the server's clock

    def feed(self, line: Line) -> None:
        """One numeric of the answer."""
        if line.verb == "311":
            self.nick, self.user_host = line.param(1), f"{line.param(2)}@{line.param(3)}"
        elif line.verb == "312":
            self.server = line.param(2)
        elif line.verb == "313":
            self.is_oper, self.oper_text = True, line.last
        elif line.verb == "317":
            self.signed_on = int(line.param(3)) if line.param(3).isdecimal() and len(line.param(3)) < _YEARS else None
        elif line.verb == "330":
            self.account = line.param(2) or None
        elif line.verb in {"671", "275"}:
            self.secure = True
        elif line.verb == "276" and (shown := fingerprint(line.last)) and len(self.certfps) < _MOST_FINGERPRINTS:
            self.certfps = (*self.certfps, shown)


_YEARS = 12  # digits: a moment has fewer for thirty thousand years


@dataclass(slots=True)
class _Question:
    """One WHOIS under way. It stays until its end has come, so that the next one cannot be given this one's answer."""

    answer: "asyncio.Future[Whois | Refusal]"
    asked_at: float
    label: str  # "" where the server labels nothing, or has said that the answer comes without
    batch: str = ""
    found: Whois = field(default_factory=Whois)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def settle(self, answer: Whois | Refusal) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def owns(self, line: Line) -> bool:
        """Whether a line can be of its answer."""
        if not self.label:
            return "label" not in line.tags
        return line.tags.get("label") == self.label or (bool(self.batch) and line.tags.get("batch") == self.batch)


class WhoisDesk:
    """Asks, one question per nick at a time. Feed it every line of the connection, in order."""

    def __init__(
        self, send: Callable[[str], None], names: Names, *, has_labels: Callable[[], bool] = lambda: False
    ) -> None:
        self._send = send
        self._names = names
        self._has_labels = has_labels
        self._labels = itertools.count(1)
        self._labels_fail = False  # seen: an answer that never came under its label, on a server that promised it
        self._open: dict[Name, _Question] = {}

    def feed(self, line: Line) -> None:
        """Look at a line; answers come from servers, so a line of a person is none."""
        if "!" in line.prefix:
            return
        if line.verb in {"BATCH", "ACK"}:
            self._take_label(line)
        elif line.verb == "263" and line.param(1).upper() == "WHOIS":
            self._try_again(line)
        elif line.verb.isdigit():
            self._take_answer(line)

    def _take_label(self, line: Line) -> None:
        """An answer in several lines begins, or an answer without a label is promised."""
        question = self._labelled(line.tags.get("label", ""))
        if question is None:
            return
        if line.verb == "ACK":
            question.label = ""
        elif line.param(0).startswith("+") and line.param(1) == "labeled-response":
            question.batch = line.param(0)[1:]

    def _labelled(self, label: str) -> _Question | None:
        return next((question for question in self._open.values() if label and question.label == label), None)

    def _take_answer(self, line: Line) -> None:
        name = self._names.name(line.param(1))
        question = self._open.get(name)
        if question is None or not question.owns(line):
            return
        if line.verb in {"401", "402"}:  # 402: the server that we named is the nick's own, so there is no such nick
            question.settle(Refusal("no such nick any more"))
            if line.verb == "402":
                self._close(name)
        elif line.verb == "318":
            question.settle(question.found)
            self._close(name)
        else:
            question.found.feed(line)

    def _close(self, name: Name) -> None:
        self._open.pop(name).ended.set()

    def _try_again(self, line: Line) -> None:
        """The server is too busy for a question, the one that waits longest if it does not say which."""
        asked = self._labelled(line.tags.get("label", "")) or next(iter(self._open.values()), None)
        for name in [name for name, question in self._open.items() if question is asked]:
            self._open[name].settle(BUSY)
            self._close(name)

    async def ask(self, nick: str, seconds: float = ANSWER_SECONDS, *, at_home: bool = False) -> Whois | Refusal:
        """What the server says about a nick at this moment; or why nothing is known.

        With `at_home` the server that the user is on answers: it alone knows all of them, and that it is there.
        """
        self._tidy()
        name = self._names.name(nick)
        try:
            async with asyncio.timeout(seconds):
                while name in self._open:  # a person who asks for two things at once is asked about twice
                    await self._open[name].ended.wait()
        except TimeoutError:
            return Refusal("asked about already at this moment")
        if len(self._open) >= _MOST:
            return Refusal("too many are asked about at this moment")
        label = f"w{next(self._labels)}" if self._has_labels() and not self._labels_fail else ""
        question = _Question(asyncio.get_running_loop().create_future(), time.monotonic(), label)
        self._open[name] = question
        self._send(f"{f'@label={label} ' if label else ''}WHOIS {nick}{f' {nick}' if at_home else ''}")
        try:
            async with asyncio.timeout(seconds):
                return await question.answer
        except TimeoutError:
            self._labels_fail |= bool(question.label and not question.batch)
            return Refusal("the server did not answer WHOIS in time")

    def _tidy(self) -> None:
        old = time.monotonic() - _FORGET_SECONDS
        for name in [name for name, question in self._open.items() if question.asked_at < old]:
            self._close(name)

    def close(self, reason: str) -> None:
        """The link is gone: nobody will answer."""
        for question in self._open.values():
            question.settle(Refusal(reason))
            question.ended.set()
        self._open.clear()
