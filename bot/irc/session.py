"""One connection, from hello to goodbye."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

from bot.irc.casemap import Names
from bot.irc.ctcp import CtcpAnswers
from bot.irc.events import Connected, Event, Joined, LoggedIn, Opered, OracleChosen, SaslFailed, ServicesGone, Warned
from bot.irc.link import Link
from bot.irc.logins import Restored
from bot.irc.messages import Line, Message, read_message
from bot.irc.ourselves import Ourselves
from bot.irc.outbox import Priority
from bot.irc.pulse import Pulse
from bot.irc.questions import Questions
from bot.irc.registration import Registration
from bot.irc.sasl import Login
from bot.irc.seat import Seat
from bot.irc.splitting import printable
from bot.irc.wire import Wire
from bot.irc.witness import Witness
from bot.settings import IrcSettings
from core.domain.errors import BackupServError
from core.secrets import Secret

log = logging.getLogger(__name__)

_SASL_SECONDS = 15.0
_REGISTER_SECONDS = 45.0  # in all: a server may talk for ever without letting us in
_MOST_UNHEARD = 200  # messages that nobody has taken yet
_REFUSED_JOIN = frozenset({"403", "405", "437", "471", "473", "474", "475", "476", "477", "489", "520"})
_REFUSED_OPER = frozenset({"464", "481", "491"})


class Session:
    """Speaks the protocol on one link. Every line that arrives is looked at alone: a bad one hurts nobody."""

    def __init__(
        self,
        link: Link,
        settings: IrcSettings,
        login: Login | None,
        *,
        on_message: Callable[[Message], Awaitable[None]],
        tell: Callable[[Event], None],
        version: str,
        serials: Iterator[int],
        restored: Restored,
    ) -> None:
        self._settings = settings
        self._on_message = on_message
        self._tell = tell
        self._serials = serials
        self._serial = next(serials)
        self._wire = Wire(link, settings.lines_per_second)
        self._welcome = asyncio.Event()
        self._unheard: asyncio.Queue[Message] = asyncio.Queue(_MOST_UNHEARD)
        self._ctcp = CtcpAnswers(version, time.monotonic)
        self._registration = Registration(
            nick=settings.nick, username=settings.username, realname=settings.realname, login=login
        )
        self._names = Names()
        self._us = Ourselves(settings.nick, self._names)
        self.witness = Witness(
            settings,
            self.send,
            self._us,
            self._names,
            enabled=lambda: self._registration.enabled,
            restored=restored,
            first_serial=self._serial,
        )
        self.questions = Questions(self.send, self.witness.desk, self._names)
        self._pulse = Pulse(
            lambda: self.send("PING :alive"),
            interval=settings.ping_interval_seconds,
            timeout=settings.ping_timeout_seconds,
        )
        self._seat = Seat(self._join, first=5 * settings.reconnect_seconds, longest=settings.reconnect_limit_seconds)
        self._acts: dict[str, Callable[[Line], None]] = {
            "PING": lambda line: self.send(f"PONG :{line.last}"),
            "ERROR": self._error,
            "465": self._error,
            "001": self._arrive,
            "005": self._isupport,
            "376": lambda _: self._tell(OracleChosen(self.witness.oracle.name)),
            "381": lambda _: self._tell(Opered()),
            "422": lambda _: self._tell(OracleChosen(self.witness.oracle.name)),
            "CAP": self._on_cap,
            "JOIN": self._on_join,
            "KICK": self._on_kick,
            "NICK": self._on_nick,
            "PART": self._on_part,
            "PRIVMSG": self._take_message,
            "QUIT": lambda line: self._nick_is_free(line.nick),
        }
        self._acts |= dict.fromkeys(_REFUSED_JOIN, self._refused_join)
        self._acts |= dict.fromkeys(_REFUSED_OPER, self._refused_oper)

    @property
    def nick(self) -> str:
        """Our nick now."""
        return self._us.nick

    @property
    def prefix(self) -> str:
        """How others see us, nick!user@host; "" while we cannot know it."""
        return self._us.prefix

    @property
    def welcomed(self) -> bool:
        """Whether the server has let us in."""
        return self._registration.welcomed

    @property
    def joined(self) -> bool:
        """Whether we are in the opers' channel."""
        return self._seat.taken

    async def run(self) -> str:
        """Until the link ends; returns why."""
        for line in self._registration.hello():
            self.send(line)
        work = (self._listen(), self._watch(), self._be_welcome(), self._wire.speak(), self._deliver())
        tasks = [asyncio.create_task(part) for part in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # what went wrong beside the listening is told by who keeps us
        except asyncio.CancelledError:
            await self._wire.say_goodbye()
            raise
        else:
            return self._wire.ended
        finally:
            self.witness.close("the connection ended")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._wire.close()

    def send(self, line: str, priority: Priority = Priority.PROTOCOL) -> None:
        """Queue one line."""
        self._wire.send(line, priority)

    async def _watch(self) -> None:
        self._wire.end(await self._pulse.run())

    async def _listen(self) -> None:
        async for line in self._wire.lines():
            self._pulse.heard()
            self._serial = next(self._serials)
            try:
                self._look_at(line)
            except Exception:
                log.exception("a line was not understood")

    def _look_at(self, line: Line) -> None:
        was_logged_in = self._registration.logged_in
        for answer in self._registration.feed(line):
            self.send(answer)
        if self._registration.logged_in and not was_logged_in:
            self._tell(LoggedIn())
        self._us.feed(line)
        self.witness.feed(line, self._serial)
        self.questions.feed(line)
        if act := self._acts.get(line.verb):
            act(line)

    # --- arriving ----------------------------------------------------------------------------

    async def _be_welcome(self) -> None:
        """Get in, take the seat, and look from time to time whether we can be better known."""
        try:
            # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the result.
            async with asyncio.timeout(_SASL_SECONDS):
                await self._welcome.wait()
        except TimeoutError:
            for line in self._registration.stop_waiting():
                self.send(line)
        try:
            async with asyncio.timeout(_REGISTER_SECONDS - _SASL_SECONDS):
                await self._welcome.wait()
        except TimeoutError:
            self._wire.end(f"the server did not let us in within {_REGISTER_SECONDS:.0f} s")
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._seat.run())
            group.create_task(self._improve())

    async def _improve(self) -> None:
        """Get our nick back, and log in when services are back: not every server announces either."""
        while True:
            await asyncio.sleep(self._settings.nick_check_seconds)
            for line in self._registration.stop_waiting() + self._registration.log_in():
                self.send(line)
            wanted = self._settings.nick
            if self.nick != wanted and not await self.questions.is_online(wanted, self._settings.nick_check_seconds):
                self.send(f"NICK {wanted}", Priority.IDENTITY)

    def _arrive(self, line: Line) -> None:
        del line
        if self._welcome.is_set():
            return
        self._welcome.set()
        self._tell(Connected(self.nick))
        if self._registration.sasl_failure:
            self._tell(SaslFailed(self._registration.sasl_failure))
        if self._settings.oper is not None and (password := self._reveal(self._settings.oper.password)):
            self.send(f"OPER {self._settings.oper.name} {password}")

    def _join(self) -> None:
        key = self._reveal(self._settings.channel_key) if self._settings.channel_key is not None else ""
        self.send(f"JOIN {self._settings.channel} {key}".rstrip(" "), Priority.IDENTITY)

    def _reveal(self, secret: Secret) -> str:
        """The secret, or "" and a warning: a file that is gone must not end a connection that works."""
        try:
            return secret.reveal()
        except BackupServError as error:
            self._tell(Warned(str(error)))
            return ""

    # --- what the server says ----------------------------------------------------------------

    def _error(self, line: Line) -> None:
        self._wire.end(f"the server said: {printable(line.last) or line.verb}")

    def _isupport(self, line: Line) -> None:
        for token in line.params[1:-1]:
            name, _, value = token.partition("=")
            if name == "BOT" and value[:1].isalpha():
                self.send(f"MODE {self.nick} +{value[0]}", Priority.ANSWER)

    def _on_join(self, line: Line) -> None:
        if self._us.is_me(line.nick) and self._is_ours(line.param(0)) and not self.joined:
            self._seat.take()
            self._tell(Joined(line.param(0)))

    def _on_kick(self, line: Line) -> None:
        if self._us.is_me(line.param(1)) and self._is_ours(line.param(0)):
            self._seat.lose()
            self._tell(Warned(f"kicked from {self._settings.channel} by {printable(line.nick, 50)}"))

    def _on_part(self, line: Line) -> None:
        if self._us.is_me(line.nick) and self._is_ours(line.param(0)):
            self._seat.lose()
            self._tell(Warned(f"taken out of {self._settings.channel}"))

    def _refused_join(self, line: Line) -> None:
        if self.welcomed and self._is_ours(line.param(1)) and not self.joined:
            self._tell(Warned(f"cannot join {self._settings.channel}: {printable(line.last, 100)}"))

    def _refused_oper(self, line: Line) -> None:
        if self._settings.oper is not None:
            self._tell(Warned(f"the server refused OPER: {printable(line.last, 100)}"))

    def _on_nick(self, line: Line) -> None:
        if not self._us.is_me(line.param(0)):  # who renames us has a reason: we ask again later, not at once
            self._nick_is_free(line.nick)

    def _nick_is_free(self, nick: str) -> None:
        wanted = self._names.name(self._settings.nick)
        if self.welcomed and self._names.name(nick) == wanted and self.nick != self._settings.nick:
            self.send(f"NICK {self._settings.nick}", Priority.IDENTITY)

    def _on_cap(self, line: Line) -> None:
        if line.param(1).upper() == "DEL" and "sasl" in line.last.split():
            self._tell(ServicesGone())

    def _take_message(self, line: Line) -> None:
        tags = "account-tag" in self._registration.enabled
        now = datetime.now(UTC) + self.witness.surroundings.skew
        message = read_message(line, own=self._names.name(self.nick), account_tags=tags, now=now, serial=self._serial)
        if message is None:
            answer = self._ctcp.answer(line) if self._us.is_me(line.param(0)) else None
            if answer is not None:
                self.send(answer, Priority.LIST)
        elif self._unheard.full():
            log.warning("too much is said at once; a message was dropped")
        else:
            self._unheard.put_nowait(message)

    async def _deliver(self) -> None:
        """Hand messages on beside the listening: who takes one may wait for an answer that is yet to come in."""
        while True:
            message = await self._unheard.get()
            try:
                await self._on_message(message)
            except Exception:
                log.exception("a message was not taken")

    def _is_ours(self, channel: str) -> bool:
        return self._names.name(channel) == self._names.name(self._settings.channel)
