"""Whose nick may have changed hands, and since which line.

We are told of people while they share the channel with us. Who leaves it may rename unseen, so leaving is a change; and
when we are out ourselves, everything may have changed.
"""

from collections import OrderedDict

from bot.irc.casemap import Name, Names
from bot.irc.messages import Line
from bot.irc.ourselves import Ourselves

_REMEMBERED = 1000  # nicks whose last change is kept
_OF_THE_SENDER = frozenset({"NICK", "QUIT", "CHGHOST", "ACCOUNT", "JOIN", "PART"})
_OF_A_PARAM = {"NICK": 0, "KILL": 0, "KICK": 1}
_OF_A_LIST = frozenset({"730", "731"})  # MONITOR: somebody came, somebody went


class Changes:
    """Feed it every line, with its number."""

    def __init__(self, us: Ourselves, names: Names, *, first_serial: int) -> None:
        self._us = us
        self._names = names
        self._changed: OrderedDict[Name, int] = OrderedDict()
        self._blind_until = first_serial  # changes up to this line were not seen, or are forgotten

    def feed(self, line: Line, serial: int) -> None:
        """Remember whose nick, host, account or place changed."""
        names = [line.nick] if line.verb in _OF_THE_SENDER else []
        if line.verb in _OF_A_PARAM:
            names.append(line.param(_OF_A_PARAM[line.verb]))
        if line.verb in _OF_A_LIST:
            names += [word.partition("!")[0] for word in line.last.split(",")]
        for name in names:
            self._note(name, serial, moved=line.verb in {"JOIN", "PART", "KICK"})

    def _note(self, nick: str, serial: int, *, moved: bool) -> None:
        if moved and self._us.is_me(nick):
            self._blind_until = serial
            return
        name = self._names.name(nick)
        self._changed[name] = serial
        self._changed.move_to_end(name)
        while len(self._changed) > _REMEMBERED:
            _, forgotten = self._changed.popitem(last=False)
            self._blind_until = max(self._blind_until, forgotten)

    def since(self, nick: str, serial: int) -> bool:
        """Whether the nick may have changed hands after that line."""
        return max(self._changed.get(self._names.name(nick), 0), self._blind_until) > serial
