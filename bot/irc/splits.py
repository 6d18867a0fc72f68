"""Is the network in pieces? Then a nick may have two holders, and who is on another server is not asked to agree.

A split shows as people who quit with two servers' names for a reason ("near.example far.example"), or as a notice of
the server to its operators. Anybody can quit with such words where the server puts no "Quit:" before them: that makes
us refuse what destroys from other servers for a while, and nothing else.
"""

import re
import time
from collections.abc import Callable

from bot.irc.messages import Line

_SECONDS = 600.0  # after which a split that nobody saw the end of counts as healed, or as how things are
_MOST = 50  # splits, and people lost to each
_SERVER = r"(?:\*|[A-Za-z0-9-]+)(?:\.[A-Za-z0-9*-]+)+"
_REASON = re.compile(rf"({_SERVER}) ({_SERVER})")
_NOTICE = re.compile(r"\b(netsplit|squit|split from|delinked|lost connection to server)\b", re.IGNORECASE)


class _Split:
    """One loss: of which server, when, and of whom."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.people: set[str] = set()


class Splits:
    """Feed it every line."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lost: dict[str, _Split] = {}  # the far server, "" where it is not told

    def feed(self, line: Line) -> None:
        """Look at a line."""
        if line.verb == "QUIT" and line.user_host and (found := _REASON.fullmatch(line.last)):
            split = self._lose(found[2].lower())
            if len(split.people) < _MOST:
                split.people.add(line.prefix)
        elif line.verb == "NOTICE" and "!" not in line.prefix and _NOTICE.search(line.last):
            self._lose("")
        elif line.verb == "JOIN":
            self._lost = {server: split for server, split in self._lost.items() if line.prefix not in split.people}

    def _lose(self, server: str) -> _Split:
        split = self._lost.pop(server, None) or _Split(self._clock())
        split.at = self._clock()
        self._lost[server] = split
        while len(self._lost) > _MOST:
            del self._lost[next(iter(self._lost))]
        return split

    def heard_from(self, server: str) -> None:
        """A server answered, or somebody of it is known to be there: it is not lost any more."""
        self._lost.pop(server.lower(), None)

    @property
    def on(self) -> bool:
        """Whether a part of the network is missing."""
        now = self._clock()
        self._lost = {server: split for server, split in self._lost.items() if now - split.at < _SECONDS}
        return bool(self._lost)
