"""Everything that watches the people of one connection, and is asked who wrote a line."""

import asyncio
from collections.abc import Callable, Collection

from bot.irc.casemap import Names
from bot.irc.changes import Changes
from bot.irc.glances import Glances
from bot.irc.identities import Identities
from bot.irc.identity import Identity, Oracle, Refusal
from bot.irc.logins import Logins, Restored
from bot.irc.members import Members
from bot.irc.messages import Line, Message
from bot.irc.oracles import OPER_TAG, TagOracle, WhoisOracle
from bot.irc.ourselves import Ourselves
from bot.irc.outbox import Priority
from bot.irc.splits import Splits
from bot.irc.surroundings import Surroundings
from bot.irc.unreal_oracle import UnrealOracle
from bot.irc.unreal_rpc import way_to
from bot.irc.whois import ANSWER_SECONDS, WhoisDesk
from bot.irc.whox import WhoxDesk
from bot.settings import IrcSettings

_LABELS = frozenset({"batch", "labeled-response", "message-tags"})


class Witness:
    """Feed it every line of the connection, in order, with its number."""

    def __init__(
        self,
        settings: IrcSettings,
        send: Callable[[str, Priority], None],
        us: Ourselves,
        names: Names,
        *,
        enabled: Callable[[], Collection[str]],
        restored: Restored,
        first_serial: int,
    ) -> None:
        self._settings = settings
        self._names = names
        self._enabled = enabled
        self.surroundings = Surroundings(names)
        self.desk = WhoisDesk(
            lambda line: send(line, Priority.IDENTITY), names, has_labels=lambda: _LABELS.issubset(enabled())
        )
        self._whox = WhoxDesk(lambda line: send(line, Priority.IDENTITY), names)
        self._changes = Changes(us, names, first_serial=first_serial)
        self.members = Members(settings.channel, us, names, lambda: self.surroundings.prefix_marks)
        self._splits = Splits()
        self._logins = Logins(restored, names)
        self._glances = Glances(self._changes, names)
        self._identities = Identities(
            changes=self._changes,
            members=self.members,
            splits=self._splits,
            logins=self._logins,
            surroundings=self.surroundings,
            glances=self._glances,
            trusted_servers=settings.trusted_servers,
        )
        self._rpc = way_to(settings.oracle)

    def feed(self, line: Line, serial: int) -> None:
        """Look at a line. What changed is noted before an answer that comes with it is believed."""
        self.surroundings.feed(line)
        self._changes.feed(line, serial)
        self.members.feed(line)
        self._splits.feed(line)
        self._logins.feed(line)
        self.desk.feed(line)
        self._whox.feed(line)

    @property
    def oracle(self) -> Oracle:
        """Who is asked: as configured, or what the server turned out to be."""
        whois = WhoisOracle(whois=self.desk, whox=self._whox, surroundings=self.surroundings)
        kind = self._settings.oracle.kind
        if self._rpc is not None and kind == "unrealircd":
            return UnrealOracle(rpc=self._rpc, names=self._names)
        if self._rpc is not None and kind == "auto" and self.surroundings.software == "unrealircd":
            return UnrealOracle(rpc=self._rpc, names=self._names, otherwise=whois)
        if kind == "auto" and OPER_TAG in self._enabled():
            return TagOracle(whois=whois)
        return whois

    async def identify(self, message: Message, *, twice: bool = False, glance: bool = False) -> Identity | Refusal:
        """Who wrote the message, as the server vouches for it now."""
        return await self._identities.ask(self.oracle, message, twice=twice, glance=glance)

    async def look(self, nick: str) -> Identity | Refusal:
        """Who bears that nick now, though they have said nothing: enough to tell them something, and for no more."""
        oracle = self.oracle
        asked = oracle.whois if isinstance(oracle, TagOracle) else oracle  # there is no line that bears a tag
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await asked.ask(Message(nick=nick, user_host="", channel=None, text=""))
        except TimeoutError:
            return Refusal("the server did not answer in time")
        return answer if nick in self.members else Refusal("not in the opers' channel")

    def changed_since(self, nick: str, serial: int) -> bool:
        """Whether the nick may have changed hands after that line."""
        return self._changes.since(nick, serial)

    def forget_glances(self) -> None:
        """An account was restored: nobody is known any more."""
        self._glances.forget()

    def close(self, reason: str) -> None:
        """The link is gone: nobody will answer."""
        self.desk.close(reason)
        self._whox.close(reason)
