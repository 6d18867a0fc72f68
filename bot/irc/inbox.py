"""What people write to us, from the line to whoever takes it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.irc.casemap import Names
from bot.irc.ctcp import CtcpAnswers
from bot.irc.messages import Line, Message, read_message
from bot.irc.ourselves import Ourselves
from bot.irc.outbox import Priority

log = logging.getLogger(__name__)

_MOST_UNHEARD = 200  # messages that nobody has taken yet


class Inbox:
    """Reads messages, and hands them on beside the listening."""

    def __init__(
        self,
        us: Ourselves,
        names: Names,
        ctcp: CtcpAnswers,
        *,
        send: Callable[[str, Priority], None],
        on_message: Callable[[Message], Awaitable[None]],
    ) -> None:
        self._us = us
        self._names = names
        self._ctcp = ctcp
        self._send = send
        self._on_message = on_message
        self._unheard: asyncio.Queue[Message] = asyncio.Queue(_MOST_UNHEARD)

    def take(self, line: Line, *, account_tags: bool, serial: int, skew: timedelta) -> None:
        """One PRIVMSG; `skew` is what the server's clock is ahead of ours."""
        own, now = self._names.name(self._us.nick), datetime.now(UTC) + skew
        message = read_message(line, own=own, account_tags=account_tags, now=now, serial=serial)
        if message is None:
            answer = self._ctcp.answer(line) if self._us.is_me(line.param(0)) else None
            if answer is not None:
                self._send(answer, Priority.LIST)
        elif self._unheard.full():
            log.warning("too much is said at once; a message was dropped")
        else:
            self._unheard.put_nowait(message)

    async def deliver(self) -> None:
        """Hand messages on, for ever: who takes one may wait for an answer that is yet to come in."""
        while True:
            message = await self._unheard.get()
            try:
                await self._on_message(message)
            except Exception:
                log.exception("a message was not taken")
