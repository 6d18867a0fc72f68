"""Questions to the network whose answers come as lines, some time later: is a nick there, what does a service say.

A service is told from a person who has taken its nick by where it is: services are linked as a server of their own, so
WHOIS (312) shows another server than the one that we are on. On a network that hides its servers, or from a person on
another server of it, that is no proof: what services say is believed for nothing that is not checked elsewhere.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from bot.irc.casemap import Names
from bot.irc.messages import Line
from bot.irc.outbox import Priority
from bot.irc.whois import Refusal, WhoisDesk

_QUIET_SECONDS = 0.3  # after which services have said everything
_MOST = 50  # lines of an answer, and questions that wait
_AGAIN_SECONDS = 1.0  # between two questions for services: who asks in a loop must not use up what we may say

Send = Callable[[str, Priority], None]


class Questions:
    """What was asked and waits. Feed it every line."""

    def __init__(self, send: Send, desk: WhoisDesk, names: Names) -> None:
        self._send = send
        self._desk = desk
        self._names = names
        self._server = ""
        self._looked_at = 0.0
        self._isons: deque[tuple[str, asyncio.Future[bool]]] = deque()
        self._notices: dict[str, list[str]] = {}

    def feed(self, line: Line) -> None:
        """Look at a line: ISON's answers come in the order of the questions, a service's as notices."""
        if line.verb == "001":
            self._server = line.prefix
        elif line.verb == "303" and self._isons:
            nick, future = self._isons.popleft()
            there = line.last.split(" ")
            if not future.done():
                future.set_result(any(self._names.name(word) == self._names.name(nick) for word in there))
        elif line.verb == "NOTICE" and (heard := self._notices.get(line.prefix)) is not None and len(heard) < _MOST:
            heard.append(line.param(1))

    async def is_online(self, nick: str, seconds: float) -> bool:
        """Whether a nick is there (ISON); False where no answer comes in time."""
        if len(self._isons) >= _MOST:
            return False
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._isons.append((nick, future))
        self._send(f"ISON {nick}", Priority.IDENTITY)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return False

    async def find_service(self, nick: str, seconds: float) -> str:
        """The service's nick!user@host, or "" where nobody is there or a person sits under its nick."""
        now = time.monotonic()
        pause, self._looked_at = self._looked_at + _AGAIN_SECONDS - now, max(now, self._looked_at + _AGAIN_SECONDS)
        await asyncio.sleep(min(pause, seconds))
        answer = await self._desk.ask(nick, seconds)
        if isinstance(answer, Refusal) or not answer.server or answer.server == self._server:
            return ""
        return f"{answer.nick}!{answer.user_host}"

    async def ask_services(self, nick: str, text: str, seconds: float) -> list[str]:
        """Say something to a service and collect its notices until it is quiet. Nothing is said to a person."""
        deadline = time.monotonic() + seconds
        mask = await self.find_service(nick, seconds)
        if not mask or mask in self._notices:
            return []
        heard = self._notices[mask] = []
        try:
            self._send(f"PRIVMSG {nick} :{text}", Priority.IDENTITY)
            while time.monotonic() < deadline:
                before = len(heard)
                await asyncio.sleep(_QUIET_SECONDS if heard else 0.05)
                if heard and len(heard) == before:
                    break
        finally:
            del self._notices[mask]
        return heard
