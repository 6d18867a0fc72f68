"""Who wrote this line, and may they? Every decision is audited."""

import asyncio
import logging
from weakref import WeakValueDictionary

from bot.access import Access
from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.worker import Worker
from bot.irc.connection import IrcConnection
from bot.irc.identity import Refusal
from bot.irc.messages import Message

log = logging.getLogger(__name__)


class Doorkeeper:
    """Asks the server, asks the configuration, and writes down what came of it."""

    def __init__(self, *, connection: IrcConnection, access: Access, worker: Worker) -> None:
        self._connection = connection
        self._access = access
        self._worker = worker
        self._asking = WeakValueDictionary[str, asyncio.Lock]()  # one question at a time about a nick

    async def admit(self, message: Message, scrutiny: Scrutiny, role: Role) -> Actor | None:
        """Who wrote the message, if they may command at all; None if not. The audit trail tells either, and why.

        Whether they have the role is for the dispatcher to say, to them; here it is written down.
        """
        async with self._asking.setdefault(message.nick.lower(), asyncio.Lock()):
            identity = await self._connection.identify(
                message, twice=scrutiny >= Scrutiny.TWICE, glance=scrutiny is Scrutiny.GLANCE
            )
        verdict = identity if isinstance(identity, Refusal) else self._access.judge(identity)
        if isinstance(verdict, Refusal):
            await self.write_down("refused", message, verdict.reason)
            return None
        if not verdict.may(role):
            await self.write_down("refused", message, f"{verdict.proof}, without the role {role}")
        else:
            await self.write_down("still good" if scrutiny is Scrutiny.AGAIN else "obeyed", message, verdict.proof)
        return verdict

    async def write_down(self, decision: str, message: Message, why: str) -> None:
        """One line of the audit trail."""
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
