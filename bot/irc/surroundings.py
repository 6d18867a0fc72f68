"""What the server tells about itself: its name, its software, what it supports. Feed it every line."""

from datetime import UTC, datetime, timedelta

from bot.irc.casemap import Names
from bot.irc.messages import Line, server_time

_SOFTWARE = ("UnrealIRCd", "InspIRCd", "solanum", "ngircd", "ergo")
_PREFIX = "~&@%+!"  # marks before a nick, until ISUPPORT PREFIX has told them
_OLDEST_SKEW = timedelta(hours=12)  # a clock that is further off is no clock


class Surroundings:
    """The server that we are on."""

    def __init__(self, names: Names) -> None:
        self.server = ""
        self.software = ""  # one of the above, in lower case; "" for what we do not know
        self.network = ""
        self.prefix_marks = _PREFIX
        self.has_whox = False
        self.skew = timedelta(0)  # the server's clock against ours
        self._names = names

    def feed(self, line: Line) -> None:
        """Look at a line; only servers speak of themselves."""
        if "!" in line.prefix:
            return
        if line.verb == "001":
            self.server = line.prefix
        elif line.verb in {"004", "351"}:
            self._software(" ".join(line.params))
        elif line.verb == "005":
            for token in line.params[1:-1]:
                self._support(*token.partition("=")[::2])
        if line.verb == "PONG" or line.verb.isdigit():
            self._clock(line.tags.get("time", ""))

    def _software(self, text: str) -> None:
        for name in _SOFTWARE:
            if name.lower() in text.lower():
                self.software = name.lower()

    def _support(self, name: str, value: str) -> None:
        if name == "CASEMAPPING":
            self._names.set_casemapping(value)
        elif name == "PREFIX":
            self.prefix_marks = value.rpartition(")")[2]
        elif name == "NETWORK":
            self.network = value
        elif name == "WHOX":
            self.has_whox = True

    def _clock(self, text: str) -> None:
        """An answer is said now: its time tells how far the server's clock is from ours."""
        moment = server_time(text)
        if moment is not None:
            skew = moment - datetime.now(UTC)
            self.skew = skew if abs(skew) < _OLDEST_SKEW else timedelta(0)
