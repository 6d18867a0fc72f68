"""One connection, from hello to goodbye."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from bot.irc.casemap import Name
from bot.irc.events import Connected, Event, Joined, SaslFailed, ServicesGone, Warned
from bot.irc.identity import Identities
from bot.irc.link import Link
from bot.irc.messages import Line, Message, parse_line, read_message
from bot.irc.outbox import Outbox, Priority
from bot.irc.questions import Questions
from bot.irc.registration import Login, Registration
from bot.settings import IrcSettings
from core.domain.errors import BackupServError

log = logging.getLogger(__name__)

_REGISTER_SECONDS = 45.0
_CTCP_SECONDS = 10.0
_NICK_SECONDS = 60.0
_REJOIN_SECONDS = 30.0
_REFUSED_JOIN = frozenset({"403", "405", "437", "471", "473", "474", "475", "476", "477", "489", "520"})
_SECRET = ("AUTHENTICATE", "OPER", "PASS", "JOIN")


class Session:
    """Speaks the protocol on one link. Every line that arrives is looked at alone: a bad one hurts nobody."""

    def __init__(
        self,
        link: Link,
        settings: IrcSettings,
        on_message: Callable[[Message], Awaitable[None]],
        tell: Callable[[Event], None],
        version: str,
    ) -> None:
        self._link = link
        self._settings = settings
        self._on_message = on_message
        self._tell = tell
        self._version = version
        self._outbox = Outbox(self._write, time.monotonic, settings.lines_per_second)
        self._registration = Registration(
            nick=settings.nick, username=settings.username, realname=settings.realname, login=_login(settings)
        )
        self.identities = Identities(lambda line: self.send(line, Priority.IDENTITY))
        self.questions = Questions(self.send, lambda one, other: self._name(one) == self._name(other))
        self._heard_at = time.monotonic()
        self._ctcp_at = float("-inf")
        self._serial = 0
        self._end = ""
        self._later: set[asyncio.Task[None]] = set()
        self.prefix = ""
        self.joined = False
        self._acts: dict[str, Callable[[Line], None]] = {
            "PING": self._pong,
            "ERROR": self._error,
            "005": self._isupport,
            "464": self._refused_oper,
            "491": self._refused_oper,
            "CAP": self._on_cap,
            "CHGHOST": self._on_chghost,
            "JOIN": self._on_join,
            "KICK": self._on_kick,
            "NICK": self._on_nick,
            "QUIT": self._on_quit,
        }

    @property
    def nick(self) -> str:
        """Our nick now."""
        return self._registration.nick

    @property
    def welcomed(self) -> bool:
        """Whether the server has let us in."""
        return self._registration.welcomed

    def send(self, line: str, priority: Priority = Priority.PROTOCOL) -> None:
        """Queue one line."""
        if line.split(" ", 1)[0] not in _SECRET:
            log.debug("> %s", line)
        self._outbox.put(line, priority)

    def _write(self, content: bytes) -> None:
        if not self._link.writer.is_closing():
            self._link.writer.write(content)

    async def run(self) -> str:
        """Until the link ends; returns why."""
        beside = [asyncio.create_task(work) for work in (self._outbox.run(), self._keep_alive(), self._regain_nick())]
        try:
            for line in self._registration.hello():
                self.send(line)
            return await self._listen()
        except asyncio.CancelledError:
            await self._say_goodbye()
            raise
        finally:
            for task in (*beside, *self._later):
                task.cancel()
            self.identities.forget("the connection ended")
            await self._link.close()

    async def _say_goodbye(self) -> None:
        """Let what waits out, for a moment, then QUIT."""
        with suppress(TimeoutError, OSError):
            await asyncio.wait_for(self._outbox.drained(), 2)
        self.send("QUIT :BackupServ stops")
        with suppress(TimeoutError, OSError):
            await asyncio.wait_for(self._link.writer.drain(), 2)

    async def _listen(self) -> str:
        while True:
            try:
                raw = await self._link.reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return self._ended("the server closed the connection")
            except asyncio.LimitOverrunError:
                return "the server sent a line without end"
            except OSError as error:
                return self._ended(f"the connection broke: {error.strerror or type(error).__name__}")
            self._heard_at = time.monotonic()
            self._serial += 1
            try:
                await self._look_at(parse_line(raw.rstrip(b"\r\n")))
            except BackupServError:
                raise
            except Exception:
                log.exception("a line was not understood")
            if self._end:
                return self._end

    def _ended(self, reason: str) -> str:
        """What the server or our own watch said before counts more than how the bytes stopped."""
        return self._end or reason

    async def _look_at(self, line: Line) -> None:
        log.debug("< %s %s", line.verb, line.prefix)
        was_welcomed = self.welcomed
        for answer in self._registration.feed(line):
            self.send(answer)
        self.identities.feed(line, self._serial)
        self.questions.feed(line)
        if self.welcomed and not was_welcomed:
            self._arrive()
        if line.verb == "PRIVMSG":
            await self._take_message(line)
        elif act := self._acts.get(line.verb):
            act(line)
        elif line.verb in _REFUSED_JOIN and self.welcomed and line.param(1) == self._settings.channel:
            self._tell(Warned(f"cannot join {self._settings.channel}: {line.params[-1][:100]}"))
            self._rejoin()

    # --- arriving ----------------------------------------------------------------------------

    def _arrive(self) -> None:
        self._tell(Connected(self.nick))
        if self._registration.sasl_failure:
            self._tell(SaslFailed(self._registration.sasl_failure))
        if self._settings.oper is not None:
            self.send(f"OPER {self._settings.oper.name} {self._settings.oper.password.reveal()}")
        self._join()

    def _join(self) -> None:
        key = f" {self._settings.channel_key.reveal()}" if self._settings.channel_key is not None else ""
        self.send(f"JOIN {self._settings.channel}{key}", Priority.IDENTITY)

    def _rejoin(self) -> None:
        async def wait_and_join() -> None:
            await asyncio.sleep(_REJOIN_SECONDS)
            self._join()

        if not self._later:
            task = asyncio.create_task(wait_and_join())
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    # --- what the server says ----------------------------------------------------------------

    def _pong(self, line: Line) -> None:
        self.send(f"PONG :{line.params[-1] if line.params else ''}")

    def _error(self, line: Line) -> None:
        self._end = f"the server said: {line.params[-1][:200] if line.params else 'ERROR'}"

    def _isupport(self, line: Line) -> None:
        for token in line.params[1:-1]:
            name, _, value = token.partition("=")
            if name == "CASEMAPPING":
                self.identities.set_casemapping(value)
            if name == "BOT" and value[:1].isalpha():
                self.send(f"MODE {self.nick} +{value[0]}", Priority.ANSWER)

    def _on_join(self, line: Line) -> None:
        if self._is_me(line.nick):
            self.prefix = line.prefix
            self.joined = True
            self._tell(Joined(line.param(0)))

    def _on_kick(self, line: Line) -> None:
        if self._is_me(line.param(1)):
            self.joined = False
            self._tell(Warned(f"kicked from {line.param(0)}"))
            self._rejoin()

    def _on_nick(self, line: Line) -> None:
        if self._is_me(line.nick):
            self._registration.nick = line.param(0) or self.nick
            self.prefix = f"{self.nick}!{line.user_host}"
        else:
            self._nick_is_free(line.nick)

    def _on_quit(self, line: Line) -> None:
        self._nick_is_free(line.nick)

    def _on_cap(self, line: Line) -> None:
        if line.param(1).upper() == "DEL" and "sasl" in line.params[-1].split():
            self._tell(ServicesGone())

    def _on_chghost(self, line: Line) -> None:
        if self._is_me(line.nick):
            self.prefix = f"{self.nick}!{line.param(0)}@{line.param(1)}"

    def _refused_oper(self, line: Line) -> None:
        if self._settings.oper is not None:
            self._tell(Warned(f"the server refused OPER: {line.params[-1][:100] if line.params else ''}"))

    async def _take_message(self, line: Line) -> None:
        tags = "account-tag" in self._registration.enabled
        message = read_message(line, own_nick=self.nick, account_tags=tags, now=datetime.now(UTC), serial=self._serial)
        if message is not None:
            await self._on_message(message)
        else:
            self._answer_ctcp(line)

    def _answer_ctcp(self, line: Line) -> None:
        """VERSION, PING and TIME, one in ten seconds in all; what was sent comes back only for PING, sanitised."""
        words = line.param(1).strip("\x01").split(" ", 1)
        now = time.monotonic()
        if not line.param(1).startswith("\x01") or line.param(0) != self.nick or now - self._ctcp_at < _CTCP_SECONDS:
            return
        answers = {"VERSION": self._version, "TIME": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"}
        answers["PING"] = words[1][:50] if len(words) > 1 else ""
        verb = words[0].upper()
        if verb in answers and line.user_host:
            self._ctcp_at = now
            self.send(f"NOTICE {line.nick} :\x01{verb} {answers[verb]}\x01", Priority.LIST)

    def _name(self, text: str) -> Name:
        return self.identities.name(text)

    def _is_me(self, nick: str) -> bool:
        return self._name(nick) == self._name(self.nick)

    # --- staying alive -----------------------------------------------------------------------

    async def _keep_alive(self) -> None:
        """PING what is silent; end what stays silent."""
        asked = False
        limit = _REGISTER_SECONDS
        while True:
            await asyncio.sleep(min(self._settings.ping_interval_seconds, 5) / 5)
            silent = time.monotonic() - self._heard_at
            limit = self._settings.ping_timeout_seconds if self.welcomed else _REGISTER_SECONDS
            if silent > limit:
                self._end = f"the server was silent for {silent:.0f} s"
                self._link.writer.transport.abort()
                return
            if silent < self._settings.ping_interval_seconds:
                asked = False
            elif self.welcomed and not asked:
                self.send("PING :alive")
                asked = True

    async def _regain_nick(self) -> None:
        while True:
            await asyncio.sleep(_NICK_SECONDS)
            if self.welcomed and self.nick != self._settings.nick:
                self.send(f"NICK {self._settings.nick}", Priority.LIST)

    def _nick_is_free(self, nick: str) -> None:
        wanted = self._name(self._settings.nick)
        if self.welcomed and self._name(nick) == wanted and self.nick != self._settings.nick:
            self.send(f"NICK {self._settings.nick}", Priority.IDENTITY)


def _login(settings: IrcSettings) -> Login | None:
    sasl = settings.sasl
    if sasl is None:
        return None
    password = sasl.password.reveal() if sasl.password is not None else ""
    return Login(mechanism=sasl.mechanism, account=sasl.account or "", password=password)
