"""Who we are on this network: our nick now, and how others see us."""

from bot.irc.casemap import Names
from bot.irc.messages import Line

_NO_NICK = frozenset("#&!+:$@*,")  # no nick begins with one of these


class Ourselves:
    """Feed it every line; a server may rename us and change our host whenever it likes."""

    def __init__(self, nick: str, names: Names) -> None:
        self.nick = nick
        self.prefix = ""  # nick!user@host; "" while we cannot know it
        self._names = names

    def is_me(self, nick: str) -> bool:
        """Whether that is our nick."""
        return self._names.name(nick) == self._names.name(self.nick)

    def feed(self, line: Line) -> None:
        """Look for ourselves in a line."""
        if line.verb == "001":
            self._set_nick(line.param(0))
        elif line.verb == "396":
            self._set_host(line.param(1).rpartition("@")[2])
        elif not self.is_me(line.nick):
            return
        elif line.verb == "JOIN" and line.user_host:
            self.prefix = line.prefix
        elif line.verb == "NICK":
            self._set_nick(line.param(0))
            self.prefix = f"{self.nick}!{line.user_host}" if line.user_host else ""
        elif line.verb == "CHGHOST":
            self.prefix = f"{self.nick}!{line.param(0)}@{line.param(1)}"

    def _set_nick(self, nick: str) -> None:
        """What could be a channel or a whole mask is no name of ours, whoever says so."""
        if nick and nick[0] not in _NO_NICK:
            self.nick = nick

    def _set_host(self, host: str) -> None:
        """396 tells only a host, so our user must be known already."""
        user = self.prefix.partition("!")[2].partition("@")[0]
        self.prefix = f"{self.nick}!{user}@{host}" if user and host else self.prefix
