"""An emergency is said to each oper who is there, too: a line in a channel is easily not seen at night."""

import asyncio
import logging
from collections.abc import Sequence

from bot.access import Access
from bot.chat.authority import Role
from bot.irc.connection import IrcConnection
from bot.irc.identity import Refusal
from bot.irc.outbox import Priority
from bot.irc.splitting import printable
from bot.vouches import Vouches

log = logging.getLogger(__name__)

MOST = 50  # people who are asked about: who is in a channel with more is found there by the others
_SECONDS = 60.0  # for all of them; a server answers some questions a second


class Rousing:
    """Whoever has a role, as the server vouches for it now, gets a notice. Nobody else does."""

    def __init__(self, connection: IrcConnection, access: Access, vouches: Vouches) -> None:
        self._connection = connection
        self._access = access
        self._vouches = vouches
        self._waiting: list[str] = []
        self._at_work = False

    async def rouse(self, lines: Sequence[str]) -> None:
        """Tell them. What comes while the server is still asked is told in the next round, with one question each."""
        self._waiting += lines
        if self._at_work:
            return
        self._at_work = True
        try:
            while self._waiting:
                told, self._waiting = self._waiting, []
                try:
                    async with asyncio.timeout(_SECONDS):
                        await self._tell(told)
                except TimeoutError:
                    log.warning("the server was too slow to tell who is an oper: not all of them were roused")
        finally:
            self._at_work = False

    async def _tell(self, lines: Sequence[str]) -> None:
        for nick in self._connection.people()[:MOST]:
            if not await self._may_hear(nick):
                continue
            for line in lines:
                self._connection.notice(nick, line, priority=Priority.ALERT)

    async def _may_hear(self, nick: str) -> bool:
        identity = await self._connection.look(nick)
        if isinstance(identity, Refusal):
            return False
        actor = self._access.judge(identity, vouched=self._vouches.person(identity))
        if isinstance(actor, Refusal) or not actor.may(Role.VIEW):
            return False
        log.info("roused: %s (%s)", printable(actor.name), actor.proof)
        return True
