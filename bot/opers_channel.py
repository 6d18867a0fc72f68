"""The bot's seat in the opers' channel: which lines are looked at, and where the answers go."""

from collections import Counter
from functools import partial

from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.dispatcher import Dispatcher, Line
from bot.chat.paging import IN_CHANNEL
from bot.chat.turns import Turns
from bot.code_desk import CodeDesk
from bot.doorkeeper import Doorkeeper
from bot.irc.connection import IrcConnection
from bot.irc.messages import Message
from bot.irc.outbox import Priority
from core.domain.code import new_code
from core.journal.about import be_about

_CROWD = 50  # people whose dropped lines are counted


class OpersChannel:
    """Lines in, replies out. Knows IRC's messages and the dispatcher, and nothing of backups."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        doorkeeper: Doorkeeper,
        codes: CodeDesk,
        connection: IrcConnection,
        channel: str,
    ) -> None:
        self._dispatcher = dispatcher
        self._codes = codes
        self._doorkeeper = doorkeeper
        self._connection = connection
        self._channel = channel
        self._turns = Turns()
        self._dropped: Counter[str] = Counter()  # by who wrote them
        self._admitted: set[str] = set()  # of those, who may command: nobody else hears a word

    def announce(self, text: str) -> None:
        """Say something unasked, to everybody in the channel."""
        self._connection.say(self._channel, text, priority=Priority.ALERT)

    async def hear(self, message: Message) -> None:
        """Look at one line; returns at once, the work goes on beside."""
        if not self._is_for_us(message):
            return
        who = _who(message)
        if self._ask(message):
            return
        if (left_out := self._turns.forget(who)) and self._ask(message):
            await self._count_dropped(message, left_out)
        else:
            await self._count_dropped(message, left_out + 1)

    def _ask(self, message: Message) -> bool:
        """A turn for it; it ends with whoever wrote it: who comes back need not wait for what is refused anyway."""
        is_over = partial(self._connection.changed_since, message.nick, message.serial)
        return self._turns.ask(_who(message), partial(self._serve, message), is_over)

    async def _count_dropped(self, message: Message, number: int) -> None:
        who = _who(message)
        if who not in self._dropped:
            await self._doorkeeper.write_down("dropped", message, "too many commands at once")
        if who in self._dropped or len(self._dropped) < _CROWD:
            self._dropped[who] += number

    def _is_for_us(self, message: Message) -> bool:
        if message.is_own or message.is_history or message.from_bot or message.relayed:
            return False
        name = self._connection.name
        here = message.channel is None or name(message.channel) == name(self._channel)
        return here and self._dispatcher.is_command(message.text)

    async def _serve(self, message: Message) -> None:
        be_about(request=new_code(6))  # every line of the audit trail about it, from the decision to the result
        try:
            await self._connection.catch_up(*self._place(message, private=message.channel is None))
            await self._answer(message)
        finally:
            await self._tell_what_was_dropped(message)

    async def _answer(self, message: Message) -> None:
        if self._codes.is_code(message.text):
            if (answer := await self._codes.take(message)) is not None:
                self._connection.notice(message.nick, answer.text)
            return

        async def admit(scrutiny: Scrutiny, role: Role) -> Actor | None:
            actor = await self._doorkeeper.admit(message, scrutiny, role)
            if actor is not None:
                self._admitted.add(_who(message))
            return actor

        line = Line(
            nick=message.nick,
            text=message.text,
            in_channel=message.channel is not None,
            fit=partial(self._fit, message),
        )
        private = 0
        async for reply in self._dispatcher.answer(line, admit):
            if reply.loud:
                self.announce(reply.text)
            elif reply.private or message.channel is None:
                private += 1
                priority = Priority.ANSWER if private <= IN_CHANNEL else Priority.LIST
                self._connection.notice(message.nick, reply.text, priority=priority)
            else:
                self._connection.say(message.channel, reply.text)

    def _fit(self, message: Message, text: str, private: bool) -> list[str]:  # noqa: FBT001 — a `Fit`
        return self._connection.fit(*self._place(message, private=private), text)

    def _place(self, message: Message, *, private: bool) -> tuple[str, str]:
        return ("NOTICE", message.nick) if private else ("PRIVMSG", self._channel)

    async def _tell_what_was_dropped(self, message: Message) -> None:
        """Once, when the rest of that person's lines is answered."""
        who = _who(message)
        if self._turns.waits(who):
            return
        number, admitted = self._dropped.pop(who, 0), who in self._admitted
        self._admitted.discard(who)
        if number and admitted:
            self._connection.notice(message.nick, f"too many at once: {number:,} of your commands were left out")
        if number:
            await self._doorkeeper.write_down("dropped", message, f"{number:,} commands in all, too many at once")


def _who(message: Message) -> str:
    """Whose turn it is. A flood under many nicks is still from one place."""
    return (message.user_host or message.nick).lower()
