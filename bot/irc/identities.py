"""Who wrote this line, now?

The races that are closed here: the sender renames and another takes the nick while we ask (the line's user@host must
be the one that the server shows, and no change of that nick may be seen since the line), an account that is lost
between the line and the answer (account-tag and the answer must agree), a line of a connection that has ended since,
and a sender whose changes we are not told of, because they are not in the channel with us.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.irc.changes import Changes
from bot.irc.glances import Glances
from bot.irc.identity import Identity, Oracle, Refusal
from bot.irc.logins import Logins
from bot.irc.members import Members
from bot.irc.messages import Message
from bot.irc.splits import Splits
from bot.irc.surroundings import Surroundings
from bot.irc.whois import ANSWER_SECONDS

_GAP_SECONDS = 0.3  # between two questions about what cannot be taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Judges senders, by what an oracle says and by all that was seen of the connection."""

    changes: Changes
    members: Members
    splits: Splits
    logins: Logins
    surroundings: Surroundings
    glances: Glances
    trusted_servers: Collection[str] = ()

    async def ask(
        self, oracle: Oracle, message: Message, *, twice: bool = False, glance: bool = False
    ) -> Identity | Refusal:
        """Who wrote the message; or why that cannot be said.

        With `twice` two answers must be the same, and a network in pieces is no place to destroy anything. With
        `glance` an answer of a moment ago is good enough, if nothing was seen to change since.
        """
        if refusal := self._unfit(message):
            return refusal
        if glance and (remembered := self.glances.recall(message)) is not None:
            return remembered
        answer = await self._once(oracle, message)
        if twice and not isinstance(answer, Refusal):
            await asyncio.sleep(_GAP_SECONDS)
            second = await self._once(oracle, message)
            if isinstance(second, Refusal):
                return second
            answer = answer if _are_one(answer, second) else Refusal("two answers differ")
        if isinstance(answer, Refusal):
            return answer
        if refusal := self._elsewhere(answer, twice=twice, glance=glance):
            return refusal
        self.glances.keep(message, answer)
        return answer

    async def _once(self, oracle: Oracle, message: Message) -> Identity | Refusal:
        """One question, with nothing seen to change from the line till its answer."""
        if refusal := self._unfit(message):
            return refusal
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await oracle.ask(message)
        except TimeoutError:
            return Refusal("the server did not answer in time")
        if isinstance(answer, Refusal):
            return answer
        if self.changes.since(message.nick, message.serial):
            return Refusal("the nick changed hands while we asked")
        if answer.server.lower() != self.surroundings.server.lower():
            self.splits.heard_from(answer.server)
        return self._judge(answer, message)

    def _unfit(self, message: Message) -> Refusal | None:
        """What need not be asked about."""
        if message.is_own or message.is_history or message.from_bot or message.relayed:
            return Refusal("nobody's own word: an echo, history, a bot or a bridge")
        if self.changes.since(message.nick, message.serial):
            return Refusal("the nick may have changed hands since the line")
        if message.nick not in self.members:
            return Refusal("not in the opers' channel")
        return None

    def _judge(self, answer: Identity, message: Message) -> Identity | Refusal:
        if answer.user_host != message.user_host:
            return Refusal("the server shows another user@host than the line")
        if message.account_known and (message.account or "") != (answer.account or ""):
            return Refusal("the line's account is not the one that the server shows")
        account, signed_on = answer.account, answer.connected_at
        if signed_on is not None:
            signed_on -= self.surroundings.skew.total_seconds()  # by our clock, as restores are
        if account is not None and self.logins.is_weak(account, message.nick, signed_on=signed_on):
            return replace(answer, account=None, restored_account=account)
        return answer

    def _elsewhere(self, answer: Identity, *, twice: bool, glance: bool) -> Refusal | None:
        """Whether the server that they are on speaks against them."""
        server = answer.server.lower()
        if server == self.surroundings.server.lower():
            return None
        if twice and self.splits.on:
            return Refusal("a netsplit is on, and they are on another server than the bot")
        if not glance and self.trusted_servers and server not in {name.lower() for name in self.trusted_servers}:
            return Refusal("on a server that is not in irc.trusted_servers")
        return None


def _are_one(first: Identity, second: Identity) -> bool:
    """Whether two answers are the same, as far as both tell: since when they are on may be left out of one."""
    if first.connected_at is None or second.connected_at is None:
        first, second = replace(first, connected_at=None), replace(second, connected_at=None)
    return first == second
