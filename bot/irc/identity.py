"""Who somebody is at this moment, and the port of those who can say so."""

from dataclasses import dataclass
from typing import Protocol

from bot.irc.messages import Message
from bot.irc.whois import Refusal

__all__ = ["Identity", "Oracle", "Refusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the server vouches for at this moment."""

    nick: str
    user_host: str
    account: str | None
    is_oper: bool
    secure: bool
    server: str
    oper_name: str | None = None  # the oper block; None where the server does not tell it to us
    oper_class: str | None = None  # UnrealIRCd's operclass, InspIRCd's type, Solanum's privset
    certfps: tuple[str, ...] = ()  # lower-case hex; InspIRCd 4 shows several forms of one certificate
    uid: str | None = None  # the network's own name for this connection, where the oracle tells it
    connected_at: float | None = None  # seconds since 1970, by the server's clock
    hidden: bool | None = None  # whether they hide that they are an operator; None: cannot be told
    restored_account: str | None = None  # logged in to it before it was restored: `account` is None until they do again


class Oracle(Protocol):
    """Somebody who can be asked who bears a nick now."""

    @property
    def name(self) -> str:
        """What is asked, for an operator: "WHOIS"."""
        ...

    async def ask(self, message: Message) -> Identity | Refusal:
        """Who bears the message's nick at this moment, whether or not they wrote it; or why that cannot be said."""
        ...
