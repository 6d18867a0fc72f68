"""The bot's seat in the opers' channel: whose lines are obeyed, and where the answers go."""

import asyncio
import logging
from collections.abc import Sequence

from bot.chat.dispatcher import Dispatcher, Line
from bot.chat.reply import Reply
from bot.chat.worker import Worker
from bot.irc.casemap import Name
from bot.irc.connection import IrcConnection
from bot.irc.identity import Refusal
from bot.irc.messages import Message

log = logging.getLogger(__name__)

_AT_ONCE = 4  # commands that are looked at at the same time; more are dropped, with an audit line


class OpersChannel:
    """Lines in, replies out. Knows IRC's messages and the dispatcher, and nothing of backups."""

    def __init__(self, *, dispatcher: Dispatcher, worker: Worker, channel: str, accounts: Sequence[str]) -> None:
        self._dispatcher = dispatcher
        self._worker = worker
        self._channel = channel
        self._accounts = tuple(accounts)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection: IrcConnection | None = None

    def sit_down(self, connection: IrcConnection) -> None:
        """Answer through this connection."""
        self._connection = connection

    def announce(self, text: str) -> None:
        """Say something unasked, to everybody in the channel."""
        if self._connection is not None:
            self._connection.say(self._channel, text, priority=2)

    async def hear(self, message: Message) -> None:
        """Look at one line; returns at once, the work goes on beside."""
        if not self._is_for_us(message):
            return
        if len(self._tasks) >= _AT_ONCE:
            await self._audit("dropped", message, "too many commands at once")
            return
        task = asyncio.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_for_us(self, message: Message) -> bool:
        if message.is_own or message.is_history or message.from_bot or message.relayed:
            return False
        here = message.channel is None or Name(message.channel) == Name(self._channel)
        return here and self._dispatcher.is_command(message.text)

    async def _answer(self, message: Message) -> None:
        line = Line(nick=message.nick, text=message.text, in_channel=message.channel is not None)
        async for reply in self._dispatcher.answer(line, lambda: self._authorise(message)):
            self._reply(message, reply)

    def _reply(self, message: Message, reply: Reply) -> None:
        if self._connection is None:
            return
        if message.channel is not None and not reply.private:
            self._connection.say(message.channel, reply.text)
        else:
            self._connection.notice(message.nick, reply.text)

    async def _authorise(self, message: Message) -> str | None:
        """The account, if the server vouches now for an oper with a listed account; every decision is audited."""
        if self._connection is None:
            return None
        identity = await self._connection.identify(message)
        if isinstance(identity, Refusal):
            await self._audit("refused", message, identity.reason)
            return None
        if not identity.is_oper:
            await self._audit("refused", message, "not an IRC operator now")
            return None
        if identity.account is None or not self._listed(identity.account):
            await self._audit("refused", message, "account not listed in access.accounts")
            return None
        await self._audit("obeyed", message, f"account {identity.account}, oper")
        return identity.account

    def _listed(self, account: str) -> bool:
        return any(Name(account) == Name(listed) for listed in self._accounts)

    async def _audit(self, decision: str, message: Message, why: str) -> None:
        command = " ".join(message.text.split()[:2])[:60]
        log.info("%s: %s by %s (%s)", decision, command, message.nick, why)
        await self._worker.do(
            lambda engine: engine.journal.record(
                f"command {decision}",
                command=command,
                nick=message.nick,
                place=message.channel or "private",
                why=why,
            )
        )
