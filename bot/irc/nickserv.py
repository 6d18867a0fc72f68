"""Logging in by NickServ IDENTIFY, where the server knows no SASL (ngIRCd). The password is said to services alone.

Anybody may bear the nick NickServ while services are away, on another server of the network too. What nobody can bear
is the name of the server that services are linked as: it must be configured, and be what WHOIS shows (312). The
password is then addressed to the whole nick!user@host that WHOIS has shown.
"""

import asyncio
import time
from collections.abc import Callable

from bot.irc.casemap import Names
from bot.irc.events import Event, Warned
from bot.irc.ourselves import Ourselves
from bot.irc.questions import Questions
from bot.irc.sasl.login import Login
from bot.irc.whois import Refusal, WhoisDesk

_SECONDS = 5.0  # for each question
_LOOKS = 2  # at ourselves, after the password
_FIRST_PAUSE, _LONGEST_PAUSE = 300.0, 6 * 3600.0  # after NickServ did not take it
_NEXT = "check irc.sasl.account and password"


class NickServLogin:
    """Call `log_in` from time to time; True once NickServ has logged us in."""

    def __init__(
        self,
        nickserv: str,
        login: Login | None,
        desk: WhoisDesk,
        us: Ourselves,
        names: Names,
        *,
        questions: Questions,
        tell: Callable[[Event], None],
        tls: bool,
    ) -> None:
        self._nickserv = nickserv
        self._login = login if tls and login is not None and login.nickserv_server else None
        self._desk = desk
        self._us = us
        self._names = names
        self._questions = questions
        self._tell = tell
        self._refusals = 0
        self._next_at = 0.0

    async def log_in(self) -> bool:
        """Ask once, if it is time for it. Known by WHOIS (330) to be logged in, whatever NickServ says."""
        login = self._login
        if login is None or time.monotonic() < self._next_at:
            return False
        target = await self._find(login.nickserv_server)
        if not target:
            return False
        words = f"IDENTIFY {login.account} {login.password}"
        heard = await self._questions.ask(target, target, words, _SECONDS)
        for _ in range(_LOOKS):
            if await self._is_logged_in(login.account):
                self._refusals = 0
                return True
            await asyncio.sleep(0.5)
        if heard:  # silence is no refusal: services have gone meanwhile
            self._refused()
        return False

    async def _find(self, server: str) -> str:
        """NickServ's nick!user@host; "" where it is not there, or somebody else."""
        answer = await self._desk.ask(self._nickserv, _SECONDS)
        if isinstance(answer, Refusal) or answer.server.lower() != server.lower() or not answer.user_host:
            return ""
        return f"{answer.nick}!{answer.user_host}"

    async def _is_logged_in(self, account: str) -> bool:
        answer = await self._desk.ask(self._us.nick, _SECONDS)
        if isinstance(answer, Refusal) or answer.account is None:
            return False
        return self._names.name(answer.account) == self._names.name(account)

    def _refused(self) -> None:
        """Told once; a wrong password that is said again and again gets us killed."""
        if not self._refusals:
            self._tell(Warned(f"{self._nickserv} did not log us in: {_NEXT}"))
        self._next_at = time.monotonic() + min(_FIRST_PAUSE * 2 ** min(self._refusals, 16), _LONGEST_PAUSE)
        self._refusals += 1
