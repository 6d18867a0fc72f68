"""Somebody on the demo's server: channels, messages, WHOIS, and the services link."""

import hmac
import re
import time

import irc.server

from bot.demo.ircd_connection import Connection, Puppet

_CHANNEL = re.compile(r"#[^\s,\x07]{1,49}")


class DemoClient(Connection):
    """What people do once they are on."""

    # --- ordinary life -----------------------------------------------------------------------

    def _do_ping(self, rest: str) -> None:
        self.send_queue.append(f":{self.server.servername} PONG {self.server.servername} :{rest.lstrip(':')}")

    def _do_pong(self, rest: str) -> None:
        del rest

    def _do_quit(self, rest: str) -> None:
        self._send(f"ERROR :Closing link: {rest.lstrip(':')}")
        raise self.Disconnect

    def _do_join(self, rest: str) -> None:
        for name in rest.split(" ", maxsplit=1)[0].split(","):
            if not _CHANNEL.fullmatch(name):
                self._numeric("403", f"{name} :No such channel")
                continue
            channel = self.server.channels.setdefault(name.lower(), irc.server.IRCChannel(name))
            channel.clients.add(self)
            self.channels[name.lower()] = channel
            for other in channel.clients:
                self._tell(other, f":{self.client_ident()} JOIN {channel.name}")
            nicks = " ".join(sorted(client.nick for client in channel.clients))
            self._numeric("353", f"= {channel.name} :{nicks}")
            self._numeric("366", f"{channel.name} :End of /NAMES list")

    def _do_part(self, rest: str) -> None:
        channel = self.channels.pop(rest.split(" ", maxsplit=1)[0].lower(), None)
        if channel is not None:
            for other in list(channel.clients):
                self._tell(other, f":{self.client_ident()} PART {channel.name}")
            channel.clients.discard(self)

    def _do_kick(self, rest: str) -> None:
        name, nick = (*rest.split(" "), "")[:2]
        channel, victim = self.channels.get(name.lower()), self._find(nick)
        if channel is None or not self.is_oper or victim not in channel.clients:
            self._numeric("482", f"{name} :You're not channel operator")
            return
        for other in list(channel.clients):
            self._tell(other, f":{self.client_ident()} KICK {channel.name} {victim.nick} :kicked")
        channel.clients.discard(victim)
        victim.channels.pop(name.lower(), None)

    def _do_privmsg(self, rest: str) -> None:
        self._say("PRIVMSG", rest)

    def _do_notice(self, rest: str) -> None:
        self._say("NOTICE", rest)

    def _say(self, verb: str, rest: str) -> None:
        target, _, text = rest.partition(" ")
        line = f":{self.client_ident()} {verb} {target} :{text.removeprefix(':')}"
        channel = self.channels.get(target.lower())
        if target.startswith("#") and channel is None:
            self._numeric("404", f"{target} :Cannot send to channel")
        elif channel is not None:
            for other in channel.clients - {self}:
                self._tell(other, line)
        elif (other := self._find(target.partition("@")[0])) is not None:
            self._tell(other, line)
        else:
            self._numeric("401", f"{target} :No such nick")

    def _do_mode(self, rest: str) -> None:
        target, _, modes = rest.partition(" ")
        if target.lower() == self.nick.lower() and modes == "-o" and self.is_oper:
            self.is_oper = False
            self.send_queue.append(f":{self.client_ident()} MODE {self.nick} :-o")
            return
        self._numeric("324" if target.startswith("#") else "221", f"{target} +n" if target.startswith("#") else "+")

    def _do_ison(self, rest: str) -> None:
        there = [client.nick for word in rest.replace(":", "").split() if (client := self._find(word)) is not None]
        self._numeric("303", f":{' '.join(there)}")

    def _do_oper(self, rest: str) -> None:
        name, _, password = rest.partition(" ")
        if hmac.compare_digest(password.encode(), self.server.opers.get(name, "").encode()) and password:
            self.is_oper = True
            self._numeric("381", ":You are now an IRC operator")
        else:
            time.sleep(0.05)
            self._numeric("464", ":Password incorrect")

    def _do_kill(self, rest: str) -> None:
        victim = self._find(rest.split(" ", maxsplit=1)[0])
        if not self.is_oper or not isinstance(victim, DemoClient):
            self._numeric("481", ":Permission denied")
            return
        victim.send_queue.append(f"ERROR :Closing link: killed by {self.nick}")
        victim.hang_up()

    def _do_whois(self, rest: str) -> None:
        other = self._find(rest.rsplit(" ", maxsplit=1)[-1])
        if other is None:
            self._numeric("401", f"{rest} :No such nick")
        else:
            host = other.client_ident().partition("@")[2]
            self._numeric("311", f"{other.nick} {other.user} {host} * :{other.realname}")
            server = "services.demo.test" if other.is_service else self.server.servername
            self._numeric("312", f"{other.nick} {server} :of the demo")
            if other.is_oper:
                self._numeric("313", f"{other.nick} :is an IRC operator")
            if other.account:
                self._numeric("330", f"{other.nick} {other.account} :is logged in as")
            self._numeric("671", f"{other.nick} :is using a secure connection")
        self._numeric("318", f"{other.nick if other else rest} :End of /WHOIS list")

    # --- services ----------------------------------------------------------------------------

    def _do_services(self, rest: str) -> None:
        if not hmac.compare_digest(rest.encode(), self.server.services_password.encode()):
            raise self.Disconnect
        self.services = True
        self.send_queue.append("LINKED")

    def _from_services(self, puppet: str, verb: str, rest: str) -> None:
        if verb == "INTRODUCE":
            holder = self._find(rest)
            if holder is not None:
                holder.gone = True  # services' names are theirs
            self.server.clients[rest] = Puppet(rest, self)
        elif verb == "SVSACCOUNT":
            self._log_in(*rest.split(" ")[:2])
        elif verb == "NOTICE" and isinstance(self.server.clients.get(puppet), Puppet):
            target, _, text = rest.partition(" ")
            other = self._find(target)
            if other is not None and not isinstance(other, Puppet):
                ident = self.server.clients[puppet].client_ident()
                other.send_queue.append(f":{ident} NOTICE {other.nick} {text}")

    def _log_in(self, nick: str, account: str) -> None:
        other = self._find(nick)
        if other is None:
            return
        other.account = "" if account == "*" else account
        for neighbour in (other, *other._neighbours()):  # noqa: SLF001 — another of our own kind
            if "account-notify" in neighbour.caps:
                neighbour.send_queue.append(f":{other.client_ident()} ACCOUNT {account}")
