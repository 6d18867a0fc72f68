"""Our channel: we join, are thrown out, come back, and ask ChanServ where the door is shut."""

import asyncio
import re
from collections.abc import Callable

from bot.irc.casemap import Names
from bot.irc.events import Event, Joined, Warned
from bot.irc.messages import Line
from bot.irc.ourselves import Ourselves
from bot.irc.outbox import Priority
from bot.irc.questions import Questions
from bot.irc.seat import Seat
from bot.irc.splitting import printable
from bot.settings import IrcSettings

_REFUSED = frozenset({"403", "405", "437", "471", "473", "474", "475", "476", "477", "489", "520"})
_NOT_TAKEN = "404"
_PLEAS = {"473": "INVITE", "474": "UNBAN", "475": "GETKEY"}  # invite-only, banned, keyed
_ANSWER_SECONDS = 5.0
_FORMATTING = re.compile(r"\x03\d{0,2}(,\d{1,2})?|[\x02\x0f\x11\x16\x1d-\x1f]")
_KEY = re.compile(r"\bkey\b.*? is:? ([^\s,:][^\s,]{0,63}?)\.?$", re.IGNORECASE)  # as Atheme and Anope say it


class OurChannel:
    """Feed it every line."""

    def __init__(
        self,
        settings: IrcSettings,
        us: Ourselves,
        names: Names,
        questions: Questions,
        *,
        send: Callable[[str, Priority], None],
        tell: Callable[[Event], None],
        key: Callable[[], str],
        logged_in: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._name = settings.channel
        self._us = us
        self._names = names
        self._questions = questions
        self._send = send
        self._tell = tell
        self._key = key
        self._logged_in = logged_in
        self.refusals = 0  # lines of ours that it did not take: moderated, quieted, for who is logged in alone
        self._told_key = ""  # by ChanServ; kept for as long as the connection
        self._shut = asyncio.Event()
        self._plea = ""
        self._pleads = False
        self._seat = Seat(self.join, first=5 * settings.reconnect_seconds, longest=settings.reconnect_limit_seconds)

    @property
    def joined(self) -> bool:
        """Whether we are in."""
        return self._seat.taken

    async def run(self) -> None:
        """Be in it, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._seat.run())
            group.create_task(self._plead())

    def join(self) -> None:
        """Ask to be let in."""
        self._send(f"JOIN {self._name} {self._told_key or self._key()}".rstrip(" "), Priority.IDENTITY)

    def feed(self, line: Line) -> None:
        """Are we in, out, or shut out?"""
        if line.verb == "JOIN" and self._is_us(line.nick, line.param(0)) and not self.joined:
            self._seat.take()
            self._tell(Joined(line.param(0)))
        elif line.verb == "KICK" and self._is_us(line.param(1), line.param(0)):
            self._seat.lose()
            self._tell(Warned(f"kicked from {self._name} by {printable(line.nick, 50)}"))
        elif line.verb == "PART" and self._is_us(line.nick, line.param(0)):
            self._seat.lose()
            self._tell(Warned(f"taken out of {self._name}"))
        elif line.verb == "INVITE" and self._is_us(line.param(0), line.param(1)):
            self._invited(line)
        elif line.verb == _NOT_TAKEN and self._is_ours(line.param(1)):
            self.refusals += 1
        elif line.verb in _REFUSED and self._is_ours(line.param(1)) and not self.joined:
            self._refused(line)

    def _is_us(self, nick: str, channel: str) -> bool:
        return self._us.is_me(nick) and self._is_ours(channel)

    def _is_ours(self, channel: str) -> bool:
        return self._names.name(channel) == self._names.name(self._name)

    def _invited(self, line: Line) -> None:
        """Whom we asked, or a server; anybody else may wait for our next try."""
        from_chanserv = self._pleads and self._names.name(line.nick) == self._names.name(self._settings.chanserv)
        if (from_chanserv or "!" not in line.prefix) and not self.joined:
            self.join()

    def _refused(self, line: Line) -> None:
        self._tell(Warned(f"cannot join {self._name}: {printable(line.last, 100)}"))
        if line.verb == "475":  # the key is not that one (any more)
            self._told_key = ""
        self._plea = _PLEAS.get(line.verb, "")
        if self._plea:
            self._shut.set()

    async def _plead(self) -> None:
        """Ask ChanServ, once in a while: it knows whether our account may come in."""
        while True:
            await self._shut.wait()
            self._shut.clear()
            if self.joined or not self._logged_in():
                continue
            self._pleads = True
            try:
                await self._ask(self._plea)
            finally:
                self._pleads = False
            await asyncio.sleep(self._settings.reconnect_limit_seconds)

    async def _ask(self, plea: str) -> None:
        """Nothing is said to a person who has taken ChanServ's nick."""
        chanserv = self._settings.chanserv
        said = await self._questions.ask_services(chanserv, f"{plea} {self._name}", _ANSWER_SECONDS)
        if plea == "GETKEY":
            self._told_key = next((key for line in said if (key := _read_key(line))), "")
        if said and not self.joined and (plea == "UNBAN" or self._told_key):
            self.join()


def _read_key(line: str) -> str:
    found = _KEY.search(_FORMATTING.sub("", line).strip())
    return found[1] if found is not None else ""
