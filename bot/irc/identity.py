"""Who wrote this line, now? Only what the server says in numerics counts: a text in WHOIS can be anybody's.

The races that are closed here: the sender renames and another takes the nick while we ask (the line's user@host must
be the one that WHOIS shows, and no change of that nick may be seen since the line), and an account that is lost
between the line and the answer (account-tag and 330 must agree).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.irc.casemap import Name, casemapping_of
from bot.irc.messages import Line, Message

ANSWER_SECONDS = 5.0
_REMEMBERED = 1000  # nicks whose last change is kept
_NO_SUCH_NICK = "401"
_END_OF_WHOIS = "318"
_CHANGES = frozenset({"NICK", "QUIT", "KILL", "CHGHOST", "ACCOUNT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the server vouches for at this moment."""

    nick: str
    user_host: str
    account: str | None
    is_oper: bool
    secure: bool
    certfp: str | None
    server: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody can be vouched for; for the audit trail, not for the sender."""

    reason: str


@dataclass(slots=True)
class _Question:
    """One WHOIS under way."""

    answer: "asyncio.Future[Identity | Refusal]"
    fields: dict[str, str] = field(default_factory=dict)
    disturbed: str = ""

    def feed(self, line: Line) -> None:
        if line.verb == "311":
            self.fields["user_host"] = f"{line.param(2)}@{line.param(3)}"
        elif line.verb in {"312", "330"}:
            self.fields[line.verb] = line.param(2)
        elif line.verb in {"313", "671", "275"}:
            self.fields[line.verb] = "yes"
        elif line.verb == "276":
            self.fields["276"] = line.params[-1].rpartition(" ")[2]

    def identity(self, nick: str) -> Identity:
        return Identity(
            nick=nick,
            user_host=self.fields.get("user_host", ""),
            account=self.fields.get("330") or None,
            is_oper="313" in self.fields,
            secure="671" in self.fields or "275" in self.fields,
            certfp=self.fields.get("276"),
            server=self.fields.get("312", ""),
        )


class Identities:
    """Asks WHOIS and judges the answer. Feed it every line of the connection, in order."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._questions: dict[Name, _Question] = {}
        self._changed: OrderedDict[Name, int] = OrderedDict()
        self._casemapping = casemapping_of("rfc1459")

    def set_casemapping(self, token: str) -> None:
        """As ISUPPORT says."""
        self._casemapping = casemapping_of(token)

    def name(self, text: str) -> Name:
        """A name of this network."""
        return Name(text, self._casemapping)

    def feed(self, line: Line, serial: int) -> None:
        """Look at a line: an answer to a question, or a change of somebody's identity."""
        if line.verb in _CHANGES:
            self._note_change(line, serial)
        elif line.verb.isdigit() and (question := self._questions.get(self.name(line.param(1)))) is not None:
            self._answer(question, line)

    def _note_change(self, line: Line, serial: int) -> None:
        names = [line.nick] + ([line.param(0)] if line.verb in {"NICK", "KILL"} else [])
        for name in map(self.name, names):
            self._changed[name] = serial
            self._changed.move_to_end(name)
            if question := self._questions.get(name):
                question.disturbed = line.verb
        while len(self._changed) > _REMEMBERED:
            self._changed.popitem(last=False)

    def _answer(self, question: _Question, line: Line) -> None:
        question.feed(line)
        if question.answer.done():
            return
        if line.verb == _NO_SUCH_NICK:
            question.answer.set_result(Refusal("no such nick any more"))
        elif line.verb == _END_OF_WHOIS:
            question.answer.set_result(question.identity(line.param(1)))

    async def ask(self, message: Message) -> Identity | Refusal:
        """Who wrote the message; or why that cannot be said."""
        name = self.name(message.nick)
        if name in self._questions:
            return Refusal("asked about already at this moment")
        if self._changed.get(name, -1) > message.serial:
            return Refusal("the nick changed hands since the line")
        question = _Question(asyncio.get_running_loop().create_future())
        self._questions[name] = question
        try:
            self._send(f"WHOIS {message.nick}")
            answer = await asyncio.wait_for(question.answer, ANSWER_SECONDS)
        except TimeoutError:
            return Refusal("the server did not answer WHOIS in time")
        finally:
            del self._questions[name]
        return _judge(answer, message, question.disturbed)

    def forget(self, reason: str) -> None:
        """The link is gone: nobody will answer."""
        for question in self._questions.values():
            if not question.answer.done():
                question.answer.set_result(Refusal(reason))


def _judge(answer: Identity | Refusal, message: Message, disturbed: str) -> Identity | Refusal:
    if isinstance(answer, Refusal):
        return answer
    if disturbed:
        return Refusal(f"the nick changed while we asked ({disturbed})")
    if answer.user_host != message.user_host:
        return Refusal("WHOIS shows another user@host than the line")
    if message.account_known and (message.account or "") != (answer.account or ""):
        return Refusal("the line's account is not the one that WHOIS shows")
    return answer
