"""The oracles that every server has: WHOIS, and Solanum's tag on the line itself."""

from dataclasses import dataclass, replace

from bot.irc.identity import Identity, Refusal
from bot.irc.messages import Message
from bot.irc.oper_text import oper_block
from bot.irc.surroundings import Surroundings
from bot.irc.whois import BUSY, Whois, WhoisDesk
from bot.irc.whox import WhoxDesk

OPER_TAG = "solanum.chat/oper"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoisOracle:
    """Asks the user's own server; and WHO, where WHOIS shows no operator and the server's WHO can be trusted."""

    whois: WhoisDesk
    whox: WhoxDesk
    surroundings: Surroundings
    name = "WHOIS"

    async def ask(self, message: Message) -> Identity | Refusal:
        """See the port."""
        answer = await self.whois.ask(message.nick, at_home=True)
        if (
            answer is BUSY
        ):  # Solanum lets all its users together ask other servers once a second, but tells what it knows
            answer = await self.whois.ask(message.nick)
        if isinstance(answer, Refusal):
            return answer
        identity = self._identity(answer)
        if answer.is_oper or not self.surroundings.has_whox or "*" in self.surroundings.prefix_marks:
            return identity
        return await self._look_again(identity)

    def _identity(self, answer: Whois) -> Identity:
        block = oper_block(answer.oper_text, self.surroundings.software, self.surroundings.network)
        return Identity(
            nick=answer.nick,
            user_host=answer.user_host,
            account=answer.account,
            is_oper=answer.is_oper,
            oper_name=block.name or None,
            oper_class=block.kind or None,
            secure=answer.secure,
            certfps=answer.certfps,
            server=answer.server,
            connected_at=answer.signed_on,
        )

    async def _look_again(self, identity: Identity) -> Identity | Refusal:
        row = await self.whox.ask(identity.nick)
        if isinstance(row, Refusal):
            return identity  # no operator, as far as can be told
        if row.user_host != identity.user_host or row.account != identity.account:
            return Refusal("WHO and WHOIS show different people")
        return replace(identity, is_oper="*" in row.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOracle:
    """Solanum tags every line of an operator: bound to the line as nothing else is. WHOIS tells the rest, and "now"."""

    whois: WhoisOracle
    name = f"the tag {OPER_TAG}, and WHOIS"

    async def ask(self, message: Message) -> Identity | Refusal:
        """See the port."""
        identity = await self.whois.ask(message)
        if isinstance(identity, Refusal):
            return identity
        block = message.tags.get(OPER_TAG)
        if block is None:
            return replace(identity, is_oper=False, oper_name=None, oper_class=None)
        if block and identity.oper_name not in {None, block}:
            return Refusal("the line's oper block is not the one that WHOIS shows")
        return replace(identity, oper_name=(block or identity.oper_name) if identity.is_oper else None)
