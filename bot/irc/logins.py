"""Accounts that were restored under people who are logged in: whose they are now is not whose they were.

Such an account's name proves nothing about who logged in to it before. A login that we see afterwards (account-notify)
does, and so does a connection that began afterwards: services were asked for the restored password then.
"""

import time
from collections.abc import Callable

from bot.irc.casemap import Name, Names
from bot.irc.messages import Line

_MOST = 1000
_EVERYBODY = "*"  # no account is called so


class Restored:
    """Which accounts are weak since when (seconds since 1970, by our clock); kept over all connections."""

    def __init__(self) -> None:
        self._at: dict[Name, float] = {}
        self._all = float("-inf")

    def mark(self, account: str, at: float) -> bool:
        """The account ("*" = every account) was restored at that moment. Returns whether that is news."""
        if account == _EVERYBODY:
            is_news, self._all = at > self._all, max(at, self._all)
            return is_news
        name = Name(account)
        if self._at.get(name, float("-inf")) >= at:
            return False
        self._at.pop(name, None)
        self._at[name] = at
        while len(self._at) > _MOST:
            del self._at[next(iter(self._at))]
        return True

    def since(self, account: str) -> float | None:
        """When it was restored last; None: never."""
        at = max(self._at.get(Name(account), self._all), self._all)
        return at if at > float("-inf") else None


class Logins:
    """Who has logged in before our eyes, on one connection. Feed it every line."""

    def __init__(self, restored: Restored, names: Names, clock: Callable[[], float] = time.time) -> None:
        self._restored = restored
        self._names = names
        self._clock = clock
        self._seen: dict[Name, tuple[str, float]] = {}

    def feed(self, line: Line) -> None:
        """Logins are remembered with their person: through a change of nick, until they leave."""
        name = self._names.name(line.nick)
        if line.verb == "ACCOUNT":
            self._seen.pop(name, None)
            self._seen[name] = (line.param(0), self._clock())
            while len(self._seen) > _MOST:
                del self._seen[next(iter(self._seen))]
        elif line.verb in {"QUIT", "JOIN", "PART"}:
            self._seen.pop(name, None)
        elif line.verb == "NICK" and name in self._seen:
            self._seen[self._names.name(line.param(0))] = self._seen.pop(name)
        elif line.verb in {"KILL", "KICK"}:
            self._seen.pop(self._names.name(line.param(0 if line.verb == "KILL" else 1)), None)

    def is_weak(self, account: str, nick: str, *, signed_on: float | None) -> bool:
        """Whether the account was restored, and they have not logged in since as far as we can tell."""
        since = self._restored.since(account)
        if since is None:
            return False
        logged_in, at = self._seen.get(self._names.name(nick), ("", 0.0))
        fresh = Name(logged_in) == Name(account) and at > since
        return not fresh and (signed_on is None or signed_on <= since)
