"""The opers' channel as a place where notices go."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.irc.connection import IrcConnection
from bot.irc.outbox import Priority
from bot.notify.answer import Answer
from bot.notify.shortening import one_line
from core.domain.moment import show
from core.domain.notice import Notice

_AWAY_SECONDS = 5.0  # before the next look whether we are back
_AGAIN_SECONDS = 30.0  # before it is said again to who has not heard it
_HEARD_SECONDS = 20.0
_MOST, _LONGEST = 3, 450  # lines of one notice in the channel, and letters of each: two lines of the protocol
_LATE = timedelta(minutes=2)  # from then on its own time is said


class ChannelNotifier:
    """Heard is what the server has worked off and not refused: it has answered a question that was asked after it."""

    def __init__(
        self,
        name: str,
        connection: IrcConnection,
        channel: str,
        now: Callable[[], datetime],
        rouse: Callable[[list[str]], None] = lambda _: None,
    ) -> None:
        self.name = name
        self._rouse = rouse
        self._now = now
        self._connection = connection
        self._channel = channel

    async def send(self, notice: Notice) -> Answer:
        """In at most three lines. An emergency is said to each oper who is there, beside it."""
        connection = self._connection
        if not connection.joined:
            return Answer(kind="later", why="not in the channel", after=_AWAY_SECONDS)
        told = lines(notice, late=self._now() - notice.at >= _LATE)
        for line in told:
            connection.say(self._channel, line, priority=Priority.ALERT)
        if why := await connection.unheard(self._channel, _HEARD_SECONDS):
            return Answer(kind="later", why=why, after=_AGAIN_SECONDS)
        if notice.gravity == "emergency" and notice.state != "resolved":
            self._rouse(told)
        return Answer(kind="heard")

    async def close(self) -> None:
        """The connection is not ours."""


def lines(notice: Notice, *, late: bool) -> list[str]:
    """What happened, some of the detail, and the one command that helps."""
    when = f" (at {show(notice.at)})" if late else ""
    told = [f"{one_line(notice.headline, _LONGEST)}{when}"]
    detail = [line for line in notice.detail.splitlines() if line.strip()]
    told += [one_line(line, _LONGEST) for line in detail[: _MOST - 1]]
    if notice.suggestion:
        told[0 if len(told) == 1 else -1] += f" · {notice.suggestion}"
    return told
