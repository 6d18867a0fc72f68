"""Our own nick: kept in sight while somebody else has it, asked back from services, and taken when it is free."""

import time
from collections.abc import Callable
from itertools import cycle

from bot.irc.casemap import Names
from bot.irc.events import Event, Warned
from bot.irc.messages import Line
from bot.irc.ourselves import Ourselves
from bot.irc.outbox import Priority
from bot.irc.questions import Questions
from bot.irc.splitting import printable
from bot.settings import IrcSettings

_ASK_SERVICES_SECONDS = 300.0  # between two times that services are asked: a refusal stays one for a while
_GONE = "731"  # RPL_MONOFFLINE
_NOT_FOR_US = "432"  # a nick that the server lets nobody have, or that services hold for a moment
_LONGEST_REFUSAL = 6 * 3600.0
_NEXT = "if it keeps such nicks for services (ngIRCd: ServiceMask), set irc.nick to another"


class OwnNick:
    """Feed it every line once we are in; call `look` from time to time."""

    def __init__(
        self,
        settings: IrcSettings,
        us: Ourselves,
        names: Names,
        questions: Questions,
        *,
        send: Callable[[str, Priority], None],
        tell: Callable[[Event], None],
        logged_in: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._us = us
        self._names = names
        self._questions = questions
        self._send = send
        self._tell = tell
        self._logged_in = logged_in
        self._verbs = cycle(settings.regain) if settings.regain else None
        self._asked_at = -_ASK_SERVICES_SECONDS
        self._can_monitor = False
        self._monitors = False
        self._refusals = 0
        self._refused_until = 0.0

    @property
    def _wanted(self) -> str:
        return self._settings.nick

    def _is_ours_to_want(self, nick: str) -> bool:
        return self._us.nick != self._wanted and self._names.name(nick) == self._names.name(self._wanted)

    def feed(self, line: Line) -> None:
        """Is it free now?"""
        if line.verb == "005":
            self._can_monitor |= any(token.partition("=")[0] == "MONITOR" for token in line.params[1:-1])
        elif line.verb == "QUIT":
            self._is_free(line.nick)
        elif line.verb == "NICK" and not self._us.is_me(line.param(0)):
            # Who renames us has a reason: we ask again later, not at once.
            self._is_free(line.nick)
        elif line.verb == _GONE:
            for mask in line.last.split(","):
                self._is_free(mask.partition("!")[0])
        elif line.verb == _NOT_FOR_US and self._is_ours_to_want(line.param(1)):
            self._refused(printable(line.last, 100))

    def _is_free(self, nick: str) -> None:
        if self._is_ours_to_want(nick):
            self._take()

    def _refused(self, reason: str) -> None:
        """Told once; asked for again after a pause that doubles."""
        if not self._refusals:
            self._tell(Warned(f"the server refuses the nick {self._wanted} ({reason}): {_NEXT}"))
        pause = self._settings.nick_check_seconds * 2 ** min(self._refusals + 1, 16)
        self._refused_until = time.monotonic() + min(pause, _LONGEST_REFUSAL)
        self._refusals += 1

    def _take(self) -> None:
        if time.monotonic() >= self._refused_until:
            self._send(f"NICK {self._wanted}", Priority.IDENTITY)

    async def look(self) -> None:
        """Take it if it is free; else have it watched, and ask services for it, who know whose it is."""
        if self._us.nick == self._wanted:
            self._refusals = 0
            self._watch(wanted=False)
            return
        if time.monotonic() < self._refused_until:
            return
        there = await self._questions.is_online(self._wanted, self._settings.nick_check_seconds)
        if there is False:
            self._take()
        elif there:
            self._watch(wanted=True)
            await self._ask_services()

    def _watch(self, *, wanted: bool) -> None:
        if self._can_monitor and wanted != self._monitors:
            self._monitors = wanted
            self._send(f"MONITOR {'+' if wanted else '-'} {self._wanted}", Priority.IDENTITY)

    async def _ask_services(self) -> None:
        now = time.monotonic()
        if self._verbs is None or not self._logged_in() or now - self._asked_at < self._pause():
            return
        self._asked_at = now
        seconds = self._settings.nick_check_seconds
        await self._questions.ask_services(self._settings.nickserv, f"{next(self._verbs)} {self._wanted}", seconds)
        if self._us.nick != self._wanted and await self._questions.is_online(self._wanted, seconds) is False:
            self._take()

    def _pause(self) -> float:
        return min(_ASK_SERVICES_SECONDS, 5 * self._settings.nick_check_seconds)
