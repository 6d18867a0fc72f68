"""From what the server vouches for to who that is here, and what they may."""

from bot.chat.authority import Actor, Role
from bot.config import AccessSettings
from bot.irc.casemap import Name
from bot.irc.identity import Identity, Refusal


class Access:
    """The `[access]` table, asked."""

    def __init__(self, settings: AccessSettings) -> None:
        self._accounts = tuple(map(Name, settings.accounts))

    def judge(self, identity: Identity) -> Actor | Refusal:
        """Who this is; or why nobody who may command."""
        if not identity.is_oper:
            return Refusal("not an IRC operator now")
        if identity.account is None or Name(identity.account) not in self._accounts:
            return Refusal("account not listed in access.accounts")
        return Actor(
            name=identity.account,
            roles=frozenset(Role),
            proof=f"account {identity.account}, oper",
            marks=frozenset({f"account:{identity.account.lower()}"}),
        )
