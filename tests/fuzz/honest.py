"""A server that tells the truth about its users, who do not: who is obeyed must have had the right when they spoke."""

from collections import deque
from dataclasses import dataclass, field

from tests.fuzz.unwired import UnwiredNetwork

SERVER = ":irc.test"
ALLOWED = frozenset({"alice", "carol"})


@dataclass(slots=True, kw_only=True)
class Somebody:
    """One user, who stays the same under every name."""

    nick: str
    user_host: str
    account: str = ""
    oper: bool = False
    here: bool = True  # in the opers' channel
    online: bool = True

    @property
    def may(self) -> bool:
        """Whether the bot should listen, at this moment."""
        return self.online and self.oper and self.account in ALLOWED


@dataclass(slots=True)
class HonestServer:
    """Lines of the bot wait in `inbox` until `work` is called: between question and answer anything may happen."""

    people: list[Somebody]
    tags: bool = True
    inbox: deque[str] = field(default_factory=deque)
    rightful: set[str] = field(default_factory=set)  # texts of those who might say them
    network: UnwiredNetwork = field(init=False)
    _told: int = 0

    def __post_init__(self) -> None:
        self.network = UnwiredNetwork(self._take)

    def _take(self, line: str) -> list[str]:
        self.inbox.append(line)
        return []

    def work(self, most: int = 1000) -> None:
        """Answer the lines that came in first."""
        for _ in range(min(most, len(self.inbox))):
            for reply in self._answer(self.inbox.popleft()):
                self.tell(reply)

    def tell(self, line: str) -> None:
        """One line for the bot."""
        self.network.say(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def _answer(self, line: str) -> list[str]:
        verb, _, rest = line.partition(" ")
        if verb == "CAP":
            return self._cap(rest)
        if verb == "JOIN":
            names = " ".join(("@" if one.oper else "") + one.nick for one in self.people if one.here and one.online)
            names = f"{SERVER} 353 BackupServ = #opers :BackupServ {names}"
            return [":BackupServ!backup@bot.host JOIN #opers", names, f"{SERVER} 366 BackupServ #opers :end"]
        if verb == "WHOIS":
            return self._whois(rest.split(" ")[-1])
        return {"OPER": [f"{SERVER} 381 BackupServ :you are an operator"], "PING": [f"{SERVER} PONG x {rest}"]}.get(
            verb, []
        )

    def _cap(self, rest: str) -> list[str]:
        if rest == "LS 302":
            return [f"{SERVER} CAP * LS :{'account-tag message-tags' if self.tags else 'multi-prefix'}"]
        if rest == "END":
            return [f"{SERVER} 001 BackupServ :hello", f"{SERVER} 005 BackupServ CASEMAPPING=ascii :are supported"]
        return [f"{SERVER} CAP * ACK {rest.removeprefix('REQ ')}"]

    def _whois(self, nick: str) -> list[str]:
        one = next((one for one in self.people if one.online and one.nick.lower() == nick.lower()), None)
        end = f"{SERVER} 318 BackupServ {nick} :end"
        if one is None:
            return [f"{SERVER} 401 BackupServ {nick} :no such nick", end]
        user, _, host = one.user_host.partition("@")
        head = f"BackupServ {one.nick}"
        lines = [f"{SERVER} 311 {head} {user} {host} * :is an IRC operator", f"{SERVER} 312 {head} irc.test :here"]
        lines += [f"{SERVER} 319 {head} :@#opers"] if one.here else []
        lines += [f"{SERVER} 320 {head} :is an IRC operator", f"{SERVER} 320 {head} :is logged in as alice"]
        lines += [f"{SERVER} 313 {head} :is an IRC operator"] if one.oper else []
        lines += [f"{SERVER} 330 {head} {one.account} :is logged in as"] if one.account else []
        return [*lines, end]

    # --- what people do ----------------------------------------------------------------------

    def say(self, one: Somebody, *, private: bool) -> None:
        """A command, unlike any other."""
        if not one.online or (not private and not one.here):
            return
        self._told += 1
        text = f"!status n{self._told}"
        if one.may:
            self.rightful.add(text)
        self.speak(one, text, private=private)

    def speak(self, one: Somebody, text: str, *, private: bool) -> None:
        """Whatever somebody writes: a server lets one line of it through, and not all of a long one."""
        self.write(one, text.translate(dict.fromkeys(map(ord, "\r\n\0")))[:300], private=private)

    def write(self, one: Somebody, text: str, *, private: bool) -> None:
        """The same, by a server that lets everything through."""
        tag = f"@account={one.account} " if self.tags and one.account else ""
        self.tell(f"{tag}:{one.nick}!{one.user_host} PRIVMSG {'BackupServ' if private else '#opers'} :{text}")

    def rename(self, one: Somebody, nick: str) -> None:
        """A free name, which the bot hears of where it shares a channel."""
        if one.online and not any(other.online and other.nick == nick for other in self.people):
            self._shout(one, f"NICK :{nick}")
            one.nick = nick

    def come_or_go(self, one: Somebody) -> None:
        """Into the channel, or out of it."""
        if one.online:
            one.here = not one.here
            self.tell(f":{one.nick}!{one.user_host} {'JOIN' if one.here else 'PART'} #opers")

    def vanish_or_return(self, one: Somebody) -> None:
        """Off the network; or back, with nothing left of what they had proven."""
        if one.online:
            self._shout(one, "QUIT :bye")
            one.online = one.here = one.oper = False
            one.account = ""
        elif not any(other.online and other.nick == one.nick for other in self.people):
            one.online = True

    def _shout(self, one: Somebody, what: str) -> None:
        if one.here:
            self.tell(f":{one.nick}!{one.user_host} {what}")
