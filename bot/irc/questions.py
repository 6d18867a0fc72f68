"""Questions to the network whose answers come as lines, some time later: is a nick there, what does a service say.

A service is told from a person who has taken its nick by where it is: services are linked as a server of their own, so
WHOIS (312) shows another server than the one that we are on. On a network that hides its servers, or from a person on
another server of it, that is no proof: what services say is believed for nothing that is not checked elsewhere.

ISON's answer does not say what was asked. Each is followed by a PING of our own, which the server answers after it: the
last answer before that PONG is the one, and where there was none it is not known.
"""

import asyncio
import itertools
import time
from collections.abc import Callable

from bot.irc.casemap import Names
from bot.irc.messages import Line
from bot.irc.outbox import Priority
from bot.irc.whois import Refusal, WhoisDesk

_QUIET_SECONDS = 0.3  # after which services have said everything
_MOST = 50  # lines of an answer
_FENCE = "ison-"
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
        self._asks = asyncio.Lock()
        self._fences = itertools.count(1)
        self._fence = ""  # what the PONG behind the answer bears
        self._there: list[str] | None = None
        self._fenced = asyncio.Event()
        self._notices: dict[str, list[str]] = {}

    def feed(self, line: Line) -> None:
        """Look at a line: a service's answers come as notices."""
        if line.verb == "001":
            self._server = line.prefix
        elif line.verb == "303":
            self._there = line.last.split(" ")
        elif line.verb == "PONG" and line.last.startswith(_FENCE) and "!" not in line.prefix:
            self._pass(line.last)
        elif line.verb == "NOTICE" and (heard := self._notices.get(line.prefix)) is not None and len(heard) < _MOST:
            heard.append(line.param(1))

    def _pass(self, fence: str) -> None:
        """What was answered before an older fence is answered to nobody who still waits."""
        if fence == self._fence:
            self._fenced.set()
        else:
            self._there = None

    async def is_online(self, nick: str, seconds: float) -> bool | None:
        """Whether a nick is there (ISON); None where no answer comes in time: that is not "free"."""
        try:
            async with asyncio.timeout(seconds), self._asks:
                self._fence, self._there = f"{_FENCE}{next(self._fences)}", None
                self._fenced.clear()
                self._send(f"ISON {nick}", Priority.IDENTITY)
                self._send(f"PING :{self._fence}", Priority.IDENTITY)
                await self._fenced.wait()
        except TimeoutError:
            return None
        return self._answered(nick)

    def _answered(self, nick: str) -> bool | None:
        if self._there is None:
            return None
        return any(self._names.name(word) == self._names.name(nick) for word in self._there)

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
        return await self.ask(mask, nick, text, deadline - time.monotonic()) if mask else []

    async def ask(self, mask: str, target: str, text: str, seconds: float) -> list[str]:
        """The same to the `target` by which nick!user@host is spoken to, whoever that is."""
        deadline = time.monotonic() + seconds
        if mask in self._notices:
            return []
        heard = self._notices[mask] = []
        try:
            self._send(f"PRIVMSG {target} :{text}", Priority.IDENTITY)
            while time.monotonic() < deadline:
                before = len(heard)
                await asyncio.sleep(_QUIET_SECONDS if heard else 0.05)
                if heard and len(heard) == before:
                    break
        finally:
            del self._notices[mask]
        return heard
