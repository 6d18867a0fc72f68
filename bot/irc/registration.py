"""Saying hello: capabilities (IRCv3 CAP 302) and SASL, before the server lets us in. Lines in, lines out; no I/O.

https://ircv3.net/specs/extensions/capability-negotiation; servers' habits are noted where they matter.
A login that fails keeps nobody out, unless it is required: services may be what must be restored. It is tried again
when they come back.
"""

from bot.irc.messages import Line
from bot.irc.sasl.exchange import FAILED, LOGGED_IN, LOGGED_OUT, Exchange
from bot.irc.sasl.login import Login

WANTED = frozenset(
    {
        "account-notify",
        "account-tag",
        "batch",
        "chghost",
        "extended-join",
        "invite-notify",
        "labeled-response",
        "message-tags",
        "server-time",
        "setname",
        "solanum.chat/oper",
    }
)
_MOST = 128  # capabilities that are looked at: no server has more
_TAILS = 3  # underscores behind our nick before numbers follow
_NICK_REFUSED = frozenset({"432", "433", "436", "437"})
_LIST = 2  # the parameter of CAP in which its list begins


class Registration:
    """From the first byte to 001, and logging in later. Feed it every line; send what it returns."""

    def __init__(self, *, nick: str, username: str, realname: str, login: Login | None, tls: bool = True) -> None:
        self.welcomed = False
        self.sasl_failure = ""
        self.refused = ""  # why we will not stay, where a login is required
        self.mechanism = ""  # by which we logged in
        self.logged_in = False
        self.enabled: set[str] = set()
        self.knows_sasl = False  # whether it was ever offered
        self._nick = nick
        self._tries = 0
        self._user = f"USER {username} 0 * :{realname}"
        self._login = login
        self._tls = tls
        self._offered: dict[str, str] = {}
        self._pending: set[str] = set()
        self._exchange: Exchange | None = None
        self._lied = False
        self._ended = False

    def hello(self) -> list[str]:
        """The first lines."""
        return ["CAP LS 302", f"NICK {self._nick}", self._user]

    def feed(self, line: Line) -> list[str]:
        """What to answer to a line."""
        if line.verb == "CAP":
            return self._cap(line)
        if line.verb in LOGGED_IN or line.verb == LOGGED_OUT:
            return self._login_changed(line.verb)
        if line.verb == "AUTHENTICATE" or line.verb in FAILED:
            return self._go_on(line)
        if line.verb in _NICK_REFUSED and not self.welcomed:
            return self._other_nick()
        return self._welcome() if line.verb == "001" else []

    def _welcome(self) -> list[str]:
        self.welcomed = True
        if self._login is None or self.logged_in:
            return []
        self.sasl_failure = self.sasl_failure or "the server let us in before we could log in"
        return self._leave() if self._must_not_stay() else []

    # --- capabilities ------------------------------------------------------------------------

    def _cap(self, line: Line) -> list[str]:
        verb = line.param(1).upper()
        names = line.last.split() if len(line.params) > _LIST else []
        if verb == "LS" and not self._ended:
            return self._listed(names, more=line.param(_LIST) == "*")
        if verb == "NEW":
            self._offer(names)
            return self.log_in() if "sasl" in (name.partition("=")[0] for name in names) else []
        if verb in {"ACK", "NAK"} and self._pending:
            self._settle(set(names), granted=verb == "ACK")
            return self._answered()
        if verb == "DEL":
            self.enabled -= set(names)
            for name in names:
                self._offered.pop(name, None)
        return []

    def _offer(self, names: list[str]) -> None:
        for name in names[: max(0, _MOST - len(self._offered))]:
            key, _, value = name.partition("=")
            self._offered[key] = value
        self.knows_sasl |= "sasl" in self._offered

    def _listed(self, names: list[str], *, more: bool) -> list[str]:
        self._offer(names)
        if more or self._pending:
            return []
        wanted = set(WANTED) & set(self._offered)
        if self._login is not None and "sasl" in self._offered:
            wanted.add("sasl")
        elif self._login is not None:
            self.sasl_failure = "the server offers no SASL: services may be down"
        self._pending = set(wanted)
        # SASL alone, so that a refusal of anything else does not take it away.
        requests = [sorted(wanted - {"sasl"}), ["sasl"] if "sasl" in wanted else []]
        return [f"CAP REQ :{' '.join(names)}" for names in requests if names] or self._end()

    def _settle(self, names: set[str], *, granted: bool) -> None:
        """An ACK may come in parts; a NAK is for a whole request, even where its list is cut short."""
        if granted:
            self.enabled |= self._pending & names
            self._pending -= names
        else:
            self._pending = self._pending - names if names == {"sasl"} else self._pending & {"sasl"}

    def _answered(self) -> list[str]:
        if self._pending or self._exchange is not None:
            return []
        if self._login is None:
            return self._end()
        if "sasl" in self.enabled and not self.logged_in:
            self._exchange = Exchange(self._login, self._offered.get("sasl", ""), tls=self._tls)
            return self._exchange.begin() or self._give_up(self._exchange.failure)
        return self._give_up(self.sasl_failure or "the server refused SASL")

    def _end(self) -> list[str]:
        if self._ended or self.welcomed:
            return []
        self._ended = True
        return self._leave() if self._must_not_stay() else ["CAP END"]

    def _must_not_stay(self) -> bool:
        return self._login is not None and self._login.required and not self.logged_in

    def _leave(self) -> list[str]:
        self.refused = f"not logged in, and irc.sasl.required is true: {self.sasl_failure}"
        return ["QUIT :a login is required"]

    # --- logging in --------------------------------------------------------------------------

    def log_in(self) -> list[str]:
        """Try (again), once we are in: services may have come back. Not every server announces that they did."""
        if not self.welcomed or self._login is None or self.logged_in or self._exchange is not None or self._lied:
            return []
        self._pending = {"sasl"}
        self.enabled.discard("sasl")
        return ["CAP REQ :sasl"]

    def believe(self, mechanism: str) -> None:
        """We are logged in by another way."""
        self.logged_in, self.mechanism, self.sasl_failure = True, mechanism, ""

    def stop_waiting(self) -> list[str]:
        """Services take too long to answer: go on without them."""
        if self._exchange is None and not self._pending:
            return []
        self._pending.clear()
        reason = "services did not answer in time"
        broken_off = self._exchange.break_off(reason) if self._exchange is not None else []
        return broken_off + self._give_up(reason)

    def _go_on(self, line: Line) -> list[str]:
        if self._exchange is None:
            return []
        answer = self._exchange.feed(line)
        self._lied |= self._exchange.lied
        return answer + self._give_up(self._exchange.failure) if self._exchange.failure else answer

    def _give_up(self, reason: str) -> list[str]:
        self._exchange = None
        if not self.logged_in:
            self.sasl_failure = reason
        return self._end()

    def _login_changed(self, numeric: str) -> list[str]:
        if self._exchange is not None and numeric != LOGGED_OUT and not self._exchange.satisfied:
            return self._disbelieve(self._exchange)
        if self._exchange is not None and self._exchange.name is not None:
            self.mechanism = self._exchange.name
        self.logged_in = numeric != LOGGED_OUT
        if numeric in {"900", LOGGED_OUT}:  # 900 is followed by 903 where it comes from SASL
            return []
        self._exchange = None
        self.sasl_failure = ""
        return self._end()

    def _disbelieve(self, exchange: Exchange) -> list[str]:
        """It says that we are logged in before it has proven that it knows us."""
        self._lied = True
        reason = "the server called us logged in without proving that it knows the password"
        return exchange.break_off(reason) + self._give_up(reason)

    # --- nicks -------------------------------------------------------------------------------

    def _other_nick(self) -> list[str]:
        """The next best name: the wanted one with a growing tail, then shorter ones with a number."""
        self._tries += 1
        tail = "_" * self._tries
        return [f"NICK {self._nick}{tail}" if self._tries <= _TAILS else f"NICK {self._nick[:6]}{self._tries}"]
