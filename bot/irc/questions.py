"""Questions to the network whose answers come as lines, some time later: is a nick there, what does a service say."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from bot.irc.messages import Line
from bot.irc.outbox import Priority

_QUIET_SECONDS = 0.3  # after which services have said everything
_MOST = 50  # lines of an answer

Send = Callable[[str, Priority], None]


class Questions:
    """What was asked and waits. Feed it every line."""

    def __init__(self, send: Send, same: Callable[[str, str], bool]) -> None:
        self._send = send
        self._same = same
        self._isons: deque[tuple[str, asyncio.Future[bool]]] = deque()
        self._notices: dict[str, list[str]] = {}

    def feed(self, line: Line) -> None:
        """Look at a line: ISON's answers come in the order of the questions, a service's as notices."""
        if line.verb == "303" and self._isons:
            nick, future = self._isons.popleft()
            there = line.params[-1].split()
            if not future.done():
                future.set_result(any(self._same(word, nick) for word in there))
        elif line.verb == "NOTICE" and (heard := self._notices.get(line.nick.lower())) is not None:
            heard.append(line.param(1))
            del heard[_MOST:]

    async def is_online(self, nick: str, seconds: float) -> bool:
        """Whether a nick is there (ISON); False where no answer comes in time."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._isons.append((nick, future))
        self._send(f"ISON {nick}", Priority.IDENTITY)
        try:
            return await asyncio.wait_for(future, seconds)
        except TimeoutError:
            return False

    async def ask_services(self, nick: str, text: str, seconds: float) -> list[str]:
        """Say something to a service and collect its notices until it is quiet."""
        heard = self._notices[nick.lower()] = []
        deadline = time.monotonic() + seconds
        try:
            self._send(f"PRIVMSG {nick} :{text}", Priority.IDENTITY)
            while time.monotonic() < deadline:
                before = len(heard)
                await asyncio.sleep(_QUIET_SECONDS if heard else 0.05)
                if heard and len(heard) == before:
                    break
        finally:
            self._notices.pop(nick.lower(), None)
        return heard
