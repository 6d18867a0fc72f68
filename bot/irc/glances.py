"""Who somebody was a moment ago: good enough to answer who only looks, and for nothing else."""

import time
from collections import OrderedDict
from collections.abc import Callable

from bot.irc.casemap import Name, Names
from bot.irc.changes import Changes
from bot.irc.identity import Identity
from bot.irc.messages import Message

_SECONDS = 30.0
_MOST = 100

_Key = tuple[Name, str, str | None]


class Glances:
    """Answers that are remembered by nick, user@host and account, until something is seen to change."""

    def __init__(self, changes: Changes, names: Names, clock: Callable[[], float] = time.monotonic) -> None:
        self._changes = changes
        self._names = names
        self._clock = clock
        self._kept: OrderedDict[_Key, tuple[Identity, int, float]] = OrderedDict()

    def keep(self, message: Message, identity: Identity) -> None:
        """Remember who wrote the message."""
        self._kept[self._key(message)] = (identity, message.serial, self._clock())
        self._kept.move_to_end(self._key(message))
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def recall(self, message: Message) -> Identity | None:
        """Who wrote the message, if that was asked a moment ago and nothing has changed; else None."""
        identity, serial, at = self._kept.get(self._key(message), (None, 0, 0.0))
        if identity is None or self._clock() - at > _SECONDS or self._changes.since(message.nick, serial):
            return None
        return identity

    def forget(self) -> None:
        """What is known is worth nothing any more."""
        self._kept.clear()

    def _key(self, message: Message) -> _Key:
        return self._names.name(message.nick), message.user_host, message.account
