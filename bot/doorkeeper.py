"""Who wrote this line, and may they? Every decision is audited."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from weakref import WeakValueDictionary

from bot.access import Access
from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.worker import Worker
from bot.irc.connection import IrcConnection
from bot.irc.identity import Refusal
from bot.irc.messages import Message
from bot.irc.splitting import printable
from bot.lockout import SILENCE, TRIES, Lockout
from bot.told import told
from bot.vouches import Vouches

log = logging.getLogger(__name__)


class Doorkeeper:
    """Asks the server, asks the configuration, and writes down what came of it."""

    def __init__(
        self,
        *,
        connection: IrcConnection,
        access: Access,
        vouches: Vouches,
        worker: Worker,
        now: Callable[[], datetime],
        announce: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._access = access
        self._vouches = vouches
        self._worker = worker
        self._announce = announce
        self._lockout = Lockout(now)
        self._asking = WeakValueDictionary[str, asyncio.Lock]()  # one question at a time about a nick

    async def admit(self, message: Message, scrutiny: Scrutiny, role: Role) -> Actor | None:
        """Who wrote the message, if they may command at all; None if not. The audit trail tells either, and why.

        Whether they have the role is for the dispatcher to say, to them; here it is written down.
        """
        if self._lockout.is_closed(message.user_host):
            return None
        for account, at in (await self._worker.do(lambda engine: engine.restored_accounts())).items():
            self._connection.weak_until_relogin(account, at)
        async with self._asking.setdefault(message.nick.lower(), asyncio.Lock()):
            identity = await self._connection.identify(
                message, twice=scrutiny >= Scrutiny.TWICE, glance=scrutiny is Scrutiny.GLANCE
            )
        if isinstance(identity, Refusal):
            await self.write_down("refused", message, identity.reason)
            return None
        verdict = self._access.judge(identity, vouched=self._vouches.person(identity))
        if isinstance(verdict, Refusal):
            await self._refuse(message, scrutiny, verdict)
            return None
        self._lockout.succeeded(message.user_host)
        if not verdict.may(role):
            await self.write_down("refused", message, f"{verdict.proof}, without the role {role}")
        else:
            await self.write_down("still good" if scrutiny is Scrutiny.AGAIN else "obeyed", message, verdict.proof)
        return verdict

    async def _refuse(self, message: Message, scrutiny: Scrutiny, refusal: Refusal) -> None:
        """Written down; who tries again and again what is more than a look is not listened to for a while."""
        await self.write_down("refused", message, refusal.reason)
        tried = scrutiny in {Scrutiny.FRESH, Scrutiny.TWICE}
        if tried and self._lockout.failed(message.user_host):
            minutes = SILENCE.seconds // 60
            nick = printable(message.nick, 50)
            await self.write_down("ignored", message, f"refused {TRIES} times: not listened to for {minutes} minutes")
            self._announce(f"{nick} was refused {TRIES} times and is not listened to for {minutes} minutes")

    async def write_down(self, decision: str, message: Message, why: str) -> None:
        """One line of the audit trail."""
        command = told(message.text)
        log.info("%s: %s by %s (%s)", decision, printable(command), printable(message.nick), why)
        await self._worker.write_down(
            f"command {decision}",
            command=command,
            nick=message.nick,
            place=message.channel or "private",
            why=why,
        )
