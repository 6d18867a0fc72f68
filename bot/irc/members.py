"""Who is in the opers' channel now. Feed it every line; it is empty whenever we are out."""

from collections.abc import Callable, Iterator

from bot.irc.casemap import Name, Names
from bot.irc.messages import Line
from bot.irc.ourselves import Ourselves

_MOST = 5000  # who comes later is not counted as in: refused, never believed


class Members:
    """The people of one channel. multi-prefix and userhost-in-names are not asked for, but marks are taken off all."""

    def __init__(self, channel: str, us: Ourselves, names: Names, marks: Callable[[], str]) -> None:
        self._channel = channel
        self._us = us
        self._names = names
        self._marks = marks
        self._in: set[Name] = set()

    def __contains__(self, nick: str) -> bool:
        return self._names.name(nick) in self._in

    def __iter__(self) -> Iterator[Name]:
        return iter(self._in)

    def __len__(self) -> int:
        return len(self._in)

    def feed(self, line: Line) -> None:
        """Look at a line."""
        if line.verb in {"QUIT", "KILL"}:
            self._in.discard(self._names.name(line.nick if line.verb == "QUIT" else line.param(0)))
        elif line.verb == "NICK":
            self._rename(line.nick, line.param(0))
        elif line.verb == "353" and "!" not in line.prefix and self._is_ours(line.param(2)):
            for word in line.last.split(" "):
                self._add(word.lstrip(self._marks()).partition("!")[0])
        elif line.verb == "JOIN" and self._is_ours(line.param(0)):
            if self._us.is_me(line.nick):
                self._in.clear()
            self._add(line.nick)
        elif line.verb in {"PART", "KICK"} and self._is_ours(line.param(0)):
            self._remove(line.nick if line.verb == "PART" else line.param(1))

    def _add(self, nick: str) -> None:
        if nick and len(self._in) < _MOST:
            self._in.add(self._names.name(nick))

    def _remove(self, nick: str) -> None:
        self._in.discard(self._names.name(nick))
        if self._us.is_me(nick):
            self._in.clear()

    def _rename(self, old: str, new: str) -> None:
        if old in self:
            self._in.discard(self._names.name(old))
            self._add(new)

    def _is_ours(self, channel: str) -> bool:
        return self._names.name(channel) == self._names.name(self._channel)
