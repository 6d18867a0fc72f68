"""UnrealIRCd's own word about a user (JSON-RPC `user.get`): exact, hidden opers too, and with services down.

No text that a person can set stands for anything here, and the user's UID outlives every change of nick.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.irc.casemap import Names
from bot.irc.identity import Identity, Oracle, Refusal
from bot.irc.messages import Message, server_time
from bot.irc.unreal_rpc import Rpc, RpcUnreachable, call

_DETAIL = 4  # the level that tells operlogin, operclass and modes
_LONGEST = 300  # characters of any word of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrealOracle:
    """Asks over JSON-RPC; where that cannot be reached, `otherwise` is asked, if there is one."""

    rpc: Rpc
    names: Names
    otherwise: Oracle | None = None
    name = "UnrealIRCd's JSON-RPC"

    async def ask(self, message: Message) -> Identity | Refusal:
        """See the port."""
        try:
            result = await call(self.rpc, "user.get", {"nick": message.nick, "object_detail_level": _DETAIL})
        except RpcUnreachable as error:
            if self.otherwise is not None:
                return await self.otherwise.ask(message)
            return Refusal(f"UnrealIRCd's JSON-RPC cannot be asked ({error})")
        if result is None:
            return Refusal("no such nick any more")
        identity = _identity(_table(result, "client"))
        # A UID is taken for a nick by the server; by us it is not.
        if self.names.name(identity.nick) != self.names.name(message.nick):
            return Refusal("JSON-RPC answered about somebody else")
        return identity


def _identity(client: dict[str, Any]) -> Identity:
    user, tls = _table(client, "user"), _table(client, "tls")
    modes = _word(user, "modes")
    masked = "x" in modes  # umode +x: others see the virtual host
    host = (_word(user, "vhost") or _word(user, "cloakedhost")) if masked else _word(client, "hostname")
    is_oper = "o" in modes
    return Identity(
        nick=_word(client, "name"),
        user_host=f"{_word(user, 'username')}@{host}",
        account=_word(user, "account") or None,
        is_oper=is_oper,
        oper_name=(_word(user, "operlogin") or None) if is_oper else None,
        oper_class=(_word(user, "operclass") or None) if is_oper else None,
        secure="z" in modes,
        certfps=tuple(shown for shown in [_word(tls, "certfp").replace(":", "").lower()] if shown),
        server=_word(user, "servername"),
        uid=_word(client, "id") or None,
        connected_at=_seconds(_word(client, "connected_since")),
        hidden=is_oper and "H" in modes,
    )


def _table(of: dict[str, Any], key: str) -> dict[str, Any]:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _word(of: dict[str, Any], key: str) -> str:
    value = of.get(key)
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""


def _seconds(text: str) -> float | None:
    moment = server_time(text)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() if moment is not None else None
