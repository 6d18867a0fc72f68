"""Who wrote this line, now?

The races that are closed here: the sender renames and another takes the nick while we ask (the line's user@host must
be the one that WHOIS shows, and no change of that nick may be seen since the line), an account that is lost between
the line and the answer (account-tag and 330 must agree), and a line of a connection that has ended since.
"""

from collections import OrderedDict
from dataclasses import dataclass

from bot.irc.casemap import Name, Names
from bot.irc.messages import Line, Message
from bot.irc.whois import Refusal, Whois, WhoisDesk

__all__ = ["Identities", "Identity", "Refusal"]

_REMEMBERED = 1000  # nicks whose last change is kept
_CHANGES = frozenset({"NICK", "QUIT", "KILL", "CHGHOST", "ACCOUNT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the server vouches for at this moment."""

    nick: str
    user_host: str
    account: str | None
    is_oper: bool
    secure: bool
    certfp: str | None  # lower-case hex; None where the server does not show it to us
    server: str


class Identities:
    """Judges senders. Feed it every line of the connection, in order."""

    def __init__(self, desk: WhoisDesk, names: Names, *, first_serial: int = 0) -> None:
        self._desk = desk
        self._names = names
        self._changed: OrderedDict[Name, int] = OrderedDict()
        self._blind_until = first_serial  # changes up to this line were not seen, or are forgotten

    def feed(self, line: Line, serial: int) -> None:
        """Remember whose nick changed hands, host or account."""
        if line.verb not in _CHANGES:
            return
        names = [line.nick] + ([line.param(0)] if line.verb in {"NICK", "KILL"} else [])
        for name in map(self._names.name, names):
            self._changed[name] = serial
            self._changed.move_to_end(name)
        while len(self._changed) > _REMEMBERED:
            _, self._blind_until = self._changed.popitem(last=False)

    def _has_changed(self, message: Message) -> bool:
        seen = self._changed.get(self._names.name(message.nick), self._blind_until)
        return seen > message.serial

    async def ask(self, message: Message) -> Identity | Refusal:
        """Who wrote the message; or why that cannot be said."""
        if self._has_changed(message):
            return Refusal("the nick may have changed hands since the line")
        answer = await self._desk.ask(message.nick)
        if isinstance(answer, Refusal):
            return answer
        if self._has_changed(message):
            return Refusal("the nick changed hands while we asked")
        return _judge(answer, message)


def _judge(answer: Whois, message: Message) -> Identity | Refusal:
    if answer.user_host != message.user_host:
        return Refusal("WHOIS shows another user@host than the line")
    if message.account_known and (message.account or "") != (answer.account or ""):
        return Refusal("the line's account is not the one that WHOIS shows")
    return Identity(
        nick=answer.nick,
        user_host=answer.user_host,
        account=answer.account,
        is_oper=answer.is_oper,
        secure=answer.secure,
        certfp=answer.certfp,
        server=answer.server,
    )
