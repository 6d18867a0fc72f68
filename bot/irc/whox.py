"""What WHO says about a nick, in the form that can be told from everybody's own words (WHOX).

It is asked where WHOIS shows no operator: some servers hide opers there, and not here. The flag "*" counts only where
no channel mark looks like it. https://ircv3.net/specs/extensions/whox
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from bot.irc.casemap import Names
from bot.irc.messages import Line
from bot.irc.whois import ANSWER_SECONDS, Refusal

_FIELDS = "%tuhsnfa"  # the server answers in this order, whatever the order of the question
_PARAMS = 8  # our nick, then one for each field
_MOST = 20
_TOKENS = 900  # three digits are allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """One row of the answer."""

    nick: str
    user_host: str
    server: str
    account: str | None
    flags: str


class WhoxDesk:
    """Asks, each question under a token of its own. Feed it every line of the connection, in order."""

    def __init__(self, send: Callable[[str], None], names: Names) -> None:
        self._send = send
        self._names = names
        self._tokens = itertools.cycle(range(1, _TOKENS))
        self._open: dict[str, tuple[str, asyncio.Future[Who | Refusal]]] = {}

    def feed(self, line: Line) -> None:
        """Look at a line: 354 under a token of ours is an answer, 315 after nothing is none."""
        if "!" in line.prefix:
            return
        if line.verb == "354" and len(line.params) == _PARAMS and line.param(1) in self._open:
            nick, answer = self._open[line.param(1)]
            if self._names.name(line.param(5)) == self._names.name(nick) and not answer.done():
                answer.set_result(_row(line))
        elif line.verb == "315":
            self._settle(Refusal("WHO does not know the nick"), about=line.param(1))
        elif line.verb == "263" and line.param(1).upper() == "WHO":
            self._settle(Refusal("the server was too busy to answer WHO"))

    def _settle(self, refusal: Refusal, *, about: str | None = None) -> None:
        for nick, answer in self._open.values():
            asked = about is None or self._names.name(about) == self._names.name(nick)
            if asked and not answer.done():
                answer.set_result(refusal)

    async def ask(self, nick: str, seconds: float = ANSWER_SECONDS) -> Who | Refusal:
        """What WHO says at this moment."""
        if len(self._open) >= _MOST:
            return Refusal("too many are asked about at this moment")
        token = next(str(number) for number in self._tokens if str(number) not in self._open)
        answer: asyncio.Future[Who | Refusal] = asyncio.get_running_loop().create_future()
        self._open[token] = (nick, answer)
        self._send(f"WHO {nick} {_FIELDS},{token}")
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            return Refusal("the server did not answer WHO in time")
        finally:
            del self._open[token]

    def close(self, reason: str) -> None:
        """The link is gone: nobody will answer."""
        self._settle(Refusal(reason))


def _row(line: Line) -> Who:
    _, _, user, host, server, nick, flags, account = line.params
    return Who(
        nick=nick,
        user_host=f"{user}@{host}",
        server=server,
        account=account if account not in {"", "0"} else None,
        flags=flags,
    )
