"""CTCP: three questions that clients ask about each other, answered by notice and seldom."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.irc.messages import Line
from bot.irc.splitting import printable

_EVERY = 10.0  # seconds between two answers, whoever asks
_MOST = 50  # characters of a PING that come back


class CtcpAnswers:
    """VERSION, PING and TIME. Nothing is dequoted, and DCC and the rest of it do not exist."""

    def __init__(self, version: str, clock: Callable[[], float]) -> None:
        self._version = version
        self._clock = clock
        self._answered_at = float("-inf")

    def answer(self, line: Line) -> str | None:
        """The notice that answers a PRIVMSG to us, if it is a question and it is time for one."""
        text = line.param(1)
        now = self._clock()
        if not text.startswith("\x01") or not line.user_host or now - self._answered_at < _EVERY:
            return None
        verb, _, rest = text.strip("\x01").partition(" ")
        answers = {
            "VERSION": self._version,
            "TIME": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}",
            "PING": printable(rest, _MOST),  # a number, from honest clients
        }
        if verb.upper() not in answers:
            return None
        self._answered_at = now
        return f"NOTICE {line.nick} :\x01{verb.upper()} {answers[verb.upper()]}\x01"
