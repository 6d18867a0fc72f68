"""One connection, from hello to goodbye."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator

from bot.irc.casemap import Name, Names
from bot.irc.channel import OurChannel
from bot.irc.ctcp import CtcpAnswers
from bot.irc.events import Connected, Event, LoggedIn, OracleChosen, SaslFailed, ServicesGone
from bot.irc.inbox import Inbox
from bot.irc.link import Link
from bot.irc.logins import Restored
from bot.irc.messages import Line, Message
from bot.irc.nickserv import NickServLogin
from bot.irc.ourselves import Ourselves
from bot.irc.outbox import Priority
from bot.irc.own_nick import OwnNick
from bot.irc.presence import Presence
from bot.irc.pulse import Pulse
from bot.irc.questions import Questions
from bot.irc.registration import Registration
from bot.irc.sasl.login import Login
from bot.irc.splitting import printable
from bot.irc.standing import Standing
from bot.irc.sts import Offer, read_offer
from bot.irc.wire import Wire
from bot.irc.witness import Witness
from bot.settings import IrcSettings

log = logging.getLogger(__name__)

_SASL_SECONDS = 15.0
_REGISTER_SECONDS = 45.0  # in all: a server may talk for ever without letting us in
_GONE = frozenset({"QUIT", "NICK"})  # of a nick; a KILL is followed by a QUIT


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
        heed: Callable[[Offer], bool],
        version: str,
        serials: Iterator[int],
        restored: Restored,
    ) -> None:
        self._link = link
        self._settings = settings
        self._tell = tell
        self._heed = heed
        self._serials = serials
        self._serial = next(serials)
        self._wire = Wire(link, settings.lines_per_second)
        self._welcome = asyncio.Event()
        self._server = ""
        self._registration = Registration(
            nick=settings.nick,
            username=settings.username,
            realname=settings.realname,
            login=login,
            tls=link.route.tls,
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
        self._inbox = Inbox(
            self._us, self._names, CtcpAnswers(version, time.monotonic), send=self.send, on_message=on_message
        )
        self._pulse = Pulse(
            lambda: self.send("PING :alive"),
            interval=settings.ping_interval_seconds,
            timeout=settings.ping_timeout_seconds,
        )
        self._presence = Presence(settings, send=self.send, tell=tell)
        self._own_nick = OwnNick(
            settings, self._us, self._names, self.questions, send=self.send, tell=tell, logged_in=self._is_logged_in
        )
        self._nickserv = NickServLogin(
            settings.nickserv, login, self.witness.desk, self._us, self._names, questions=self.questions, tell=tell,
            tls=link.route.tls,
        )  # fmt: skip
        self.channel = OurChannel(
            settings,
            self._us,
            self._names,
            self.questions,
            send=self.send,
            tell=tell,
            key=self._presence.channel_key,
            logged_in=self._is_logged_in,
        )
        self._acts: dict[str, Callable[[Line], None]] = {
            "PING": lambda line: self.send(f"PONG :{line.last}"),
            "ERROR": self._error,
            "465": self._error,
            "001": self._arrive,
            "004": lambda line: self._wire.speak_as_borne_by(line.param(2)),
            "376": lambda _: self._tell(OracleChosen(self.witness.oracle.name)),
            "422": lambda _: self._tell(OracleChosen(self.witness.oracle.name)),
            "CAP": self._on_cap,
            "PRIVMSG": self._on_privmsg,
        }

    @property
    def nick(self) -> str:
        """Our nick now."""
        return self._us.nick

    def name(self, text: str) -> Name:
        """A name of this network."""
        return self._names.name(text)

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
        return self.channel.joined

    async def run(self) -> str:
        """Until the link ends; returns why."""
        for line in self._registration.hello():
            self.send(line)
        work = (self._listen(), self._watch(), self._be_welcome(), self._wire.speak(), self._inbox.deliver())
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

    def waiting(self, head: str, priority: Priority) -> int:
        """See the outbox."""
        return self._wire.waiting(head, priority)

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
        offer = read_offer(line)
        if offer is not None and self._heed(offer):
            self._wire.end("the server asks for TLS (STS)")
            return
        was_logged_in = self._registration.logged_in
        for answer in self._registration.feed(line):
            self.send(answer)
        if self._registration.refused:
            self._wire.end(self._registration.refused)
            return
        if self._registration.logged_in and not was_logged_in:
            self._tell(LoggedIn())
        if line.verb in _GONE:
            self._wire.forget(line.nick)
        self._us.feed(line)
        self.witness.feed(line, self._serial)
        self.questions.feed(line)
        if act := self._acts.get(line.verb):
            act(line)
        if self.welcomed:
            self._presence.feed(line)
            self._own_nick.feed(line)
            self.channel.feed(line)

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
        if self._registration.refused:
            self._wire.end(self._registration.refused)
            return
        try:
            async with asyncio.timeout(_REGISTER_SECONDS - _SASL_SECONDS):
                await self._welcome.wait()
        except TimeoutError:
            self._wire.end(f"the server did not let us in within {_REGISTER_SECONDS:.0f} s")
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self.channel.run())
            group.create_task(self._improve())

    async def _improve(self) -> None:
        """Get our nick back, and log in when services are back: not every server announces either."""
        while True:
            if not self._registration.knows_sasl and not self._is_logged_in() and await self._nickserv.log_in():
                self._registration.believe("NickServ")
                self._tell(LoggedIn())
            await self._own_nick.look()
            await asyncio.sleep(self._settings.nick_check_seconds)
            for line in self._registration.stop_waiting() + self._registration.log_in():
                self.send(line)

    def _arrive(self, line: Line) -> None:
        if self._welcome.is_set():
            return
        self._server = printable(line.prefix, 100)
        self._welcome.set()
        self._tell(Connected(self.nick))
        if self._registration.sasl_failure:
            self._tell(SaslFailed(self._registration.sasl_failure))

    def _is_logged_in(self) -> bool:
        return self._registration.logged_in

    # --- what the server says ----------------------------------------------------------------

    def _error(self, line: Line) -> None:
        self._wire.end(f"the server said: {printable(line.last) or line.verb}")

    def _on_cap(self, line: Line) -> None:
        if line.param(1).upper() == "DEL" and "sasl" in line.last.split():
            self._tell(ServicesGone())

    def _on_privmsg(self, line: Line) -> None:
        tags = "account-tag" in self._registration.enabled
        self._inbox.take(line, account_tags=tags, serial=self._serial, skew=self.witness.surroundings.skew)

    # --- how we stand ------------------------------------------------------------------------

    def standing(self) -> Standing:
        """At this moment."""
        link, known = self._link, self._registration
        tls = self._settings.tls
        return Standing(
            server=self._server,
            address=str(link.route.address),
            tls_version=link.tls_version,
            fingerprint=link.fingerprint,
            certified_until=link.certified_until,
            proven=link.route.tls and (tls.verify or tls.fingerprint is not None),
            capabilities=tuple(sorted(known.enabled)),
            logged_in=known.logged_in,
            mechanism=known.mechanism,
            login_failure=known.sasl_failure,
            nick=self.nick,
            host=self.prefix,
            channel=self._settings.channel,
            joined=self.joined,
            operator=self._presence.operator,
            bot_mode=self._presence.bot_mode,
            measure=self._wire.measure,
        )
