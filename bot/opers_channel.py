"""The bot's seat in the opers' channel: which lines are looked at, and where the answers go."""

import asyncio
from functools import partial

from bot.chat.dispatcher import Dispatcher, Line
from bot.chat.reply import Reply
from bot.doorkeeper import Doorkeeper
from bot.irc.casemap import Name
from bot.irc.connection import IrcConnection
from bot.irc.messages import Message

_AT_ONCE = 4  # commands that are looked at at the same time; more are dropped, with an audit line


class OpersChannel:
    """Lines in, replies out. Knows IRC's messages and the dispatcher, and nothing of backups."""

    def __init__(
        self, *, dispatcher: Dispatcher, doorkeeper: Doorkeeper, connection: IrcConnection, channel: str
    ) -> None:
        self._dispatcher = dispatcher
        self._doorkeeper = doorkeeper
        self._connection = connection
        self._channel = channel
        self._tasks: set[asyncio.Task[None]] = set()

    def announce(self, text: str) -> None:
        """Say something unasked, to everybody in the channel."""
        self._connection.say(self._channel, text, priority=2)

    async def hear(self, message: Message) -> None:
        """Look at one line; returns at once, the work goes on beside."""
        if not self._is_for_us(message):
            return
        if len(self._tasks) >= _AT_ONCE:
            await self._doorkeeper.write_down("dropped", message, "too many commands at once")
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
        admit = partial(self._doorkeeper.admit, message)
        async for reply in self._dispatcher.answer(line, admit):
            self._reply(message, reply)

    def _reply(self, message: Message, reply: Reply) -> None:
        if reply.loud:
            self.announce(reply.text)
        if message.channel is None or reply.private:
            self._connection.notice(message.nick, reply.text)
        elif not reply.loud:
            self._connection.say(message.channel, reply.text)
