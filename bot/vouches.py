"""Who has shown a one-time code on which connection: good for ten minutes, and only while nothing is seen to change."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.irc.casemap import Name
from bot.irc.connection import IrcConnection
from bot.irc.identity import Identity
from bot.irc.messages import Message

GOOD_FOR = timedelta(minutes=10)
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vouch:
    person: str
    user_host: str
    uid: str | None
    serial: int  # of the line with the code
    until: datetime


class Vouches:
    """Kept in memory: after a restart of the bot, or of its connection, a new code is asked for."""

    def __init__(self, connection: IrcConnection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now
        self._given = OrderedDict[Name, _Vouch]()

    def give(self, message: Message, identity: Identity, person: str) -> None:
        """Whoever wrote the message is that person."""
        name = self._connection.name(message.nick)
        self._given[name] = _Vouch(
            person=person,
            user_host=identity.user_host,
            uid=identity.uid,
            serial=message.serial,
            until=self._now() + GOOD_FOR,
        )
        self._given.move_to_end(name)
        while len(self._given) > _MOST:
            self._given.popitem(last=False)

    def person(self, identity: Identity) -> str:
        """Whom that connection has shown itself to be; "" for nobody."""
        vouch = self._given.get(self._connection.name(identity.nick))
        if vouch is None or vouch.until <= self._now():
            return ""
        same = (vouch.user_host, vouch.uid) == (identity.user_host, identity.uid)
        return vouch.person if same and not self._connection.changed_since(identity.nick, vouch.serial) else ""
