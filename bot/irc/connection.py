"""A connection that does not die: it registers, joins, answers, notices silence, and comes back."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from bot.irc.casemap import Name
from bot.irc.events import Away, Connected, Disconnected, Event, Joined, LoggedIn, Opered, OracleChosen, Warned
from bot.irc.identity import Identity, Refusal
from bot.irc.link import LinkRefused, open_link
from bot.irc.logins import Restored
from bot.irc.messages import Message
from bot.irc.outbox import Priority
from bot.irc.patience import Absence, Patience
from bot.irc.routes import Route, Routes
from bot.irc.sasl.login import read_login
from bot.irc.session import Session
from bot.irc.splitting import LINE, printable, sanitise, split
from bot.irc.standing import Standing
from bot.irc.sts import StsPolicies
from bot.settings import IrcSettings
from core.domain.errors import BackupServError, ControlFailed

log = logging.getLogger(__name__)

_BEHIND = 30.0  # seconds for which a command waits at most, until those before it are answered
_FEW = 4  # answers that may wait while the next command begins
_LONGEST = len("!~@") + 12 + 64  # user and host at their longest, beside the nick: until we know better


class IrcConnection:
    """The bot's seat on the network. Everything outside speaks to this."""

    def __init__(
        self,
        settings: IrcSettings,
        *,
        on_message: Callable[[Message], Awaitable[None]],
        on_event: Callable[[Event], None],
        version: str,
        state_dir: Path | None = None,
    ) -> None:
        self._settings = settings
        self._routes = Routes(settings, StsPolicies(state_dir / "sts.json" if state_dir is not None else None))
        self._absence = Absence(lambda seconds: self._tell(Away(seconds)))
        self._on_message = on_message
        self._on_event = on_event
        self._version = version
        self._session: Session | None = None
        # One count for all connections: a line of an earlier one is older than every change seen on this one.
        self._serials = itertools.count(1)
        self._restored = Restored()

    @property
    def connected(self) -> bool:
        """Whether we are registered with a server."""
        return self._session is not None and self._session.welcomed

    @property
    def nick(self) -> str:
        """Our nick now, or the one that we want."""
        return self._session.nick if self._session is not None else self._settings.nick

    @property
    def joined(self) -> bool:
        """Whether we are in the opers' channel."""
        return self._session is not None and self._session.joined

    def standing(self) -> Standing | None:
        """How we stand; None while there is no link."""
        return self._session.standing() if self._session is not None else None

    async def run(self) -> None:
        """Stay connected until cancelled; then say goodbye."""
        patience = Patience(
            first=self._settings.reconnect_seconds,
            longest=self._settings.reconnect_limit_seconds,
            servers=len(self._settings.addresses),
        )
        try:
            while True:
                patience.begin()
                self._absence.begin()
                reason = await self._once()
                wait = 0.0 if self._routes.redirected else patience.pause(reason)
                self._tell(Disconnected(reason, wait))
                await asyncio.sleep(wait)
        finally:
            self._absence.end()

    async def _once(self) -> str:
        """One connection from beginning to end; returns why it ended."""
        try:
            login = read_login(self._settings)
            route = self._routes.next()
        except BackupServError as error:
            return str(error)
        self._warn_of_the_way(route)
        try:
            link = await open_link(route, self._settings.tls)
        except LinkRefused as refused:
            return f"{route}: {refused}"
        self._session = Session(
            link,
            self._settings,
            login,
            on_message=self._on_message,
            tell=self._tell,
            heed=lambda offer: self._routes.heed(route, offer),
            version=self._version,
            serials=self._serials,
            restored=self._restored,
        )
        try:
            return await self._session.run()
        except Exception:
            log.exception("the connection failed in a way that nobody foresaw")
            return "an internal error (see the log)"
        finally:
            self._session = None
            self._routes.left(route)

    def _warn_of_the_way(self, route: Route) -> None:
        """Each time: what nobody is told of again is forgotten."""
        tls = self._settings.tls
        if not route.tls:
            self._tell(Warned(f"no TLS to {route.address} (irc.tls.mode): anybody on the way can read and command"))
        elif not tls.verify and tls.fingerprint is None:
            self._tell(Warned("TLS verification is off (irc.tls.verify): anybody on the way can read and command"))

    def _tell(self, event: Event) -> None:
        if isinstance(event, Connected):
            self._absence.end()
        if isinstance(event, Connected | Joined | LoggedIn | Opered | OracleChosen):
            log.info("%r", event)
        else:
            log.warning("%r", event)
        try:
            self._on_event(event)
        except Exception:
            log.exception("an event was not taken")

    # --- speaking ----------------------------------------------------------------------------

    def say(self, target: str, text: str, *, priority: int = Priority.ANSWER) -> None:
        """Say something to a channel or a person; nothing is said while there is no connection."""
        self._speak("PRIVMSG", target, text, Priority(priority))

    def notice(self, target: str, text: str, *, priority: int = Priority.ANSWER) -> None:
        """The same as a notice, which no bot answers."""
        self._speak("NOTICE", target, text, Priority(priority))

    def _speak(self, verb: str, target: str, text: str, priority: Priority) -> None:
        session = self._session
        if session is None or not session.welcomed:
            log.warning("not connected; not said: %s", printable(text))
            return
        target = sanitise(target)
        if not target or target.startswith(":") or not {" ", ","}.isdisjoint(target):
            log.warning("nobody can be told under that name; not said: %s", printable(text))
            return
        for piece in self.fit(verb, target, text):
            session.send(f"{verb} {target} :{piece}", priority)

    async def catch_up(self, verb: str, target: str) -> None:
        """Return when few answers wait to be said there, so that who asks much waits for what they asked for."""
        session, deadline = self._session, asyncio.get_running_loop().time() + _BEHIND
        head = f"{verb} {target}"
        while session is not None and session is self._session and session.waiting(head, Priority.ANSWER) >= _FEW:
            if asyncio.get_running_loop().time() >= deadline:
                return
            await asyncio.sleep(0.1)  # they leave at the pace that the server bears

    async def unheard(self, channel: str, seconds: float) -> str:
        """Why what was said there as an alert was not heard; "" = the server has worked it off, and refused nothing.

        Until it has left it is waited for, as long as the link lives: who is not patient would say it once more.
        """
        session = self._session
        refused = session.channel.refusals if session is not None else 0
        while session is not None and session is self._session:
            if not session.waiting(f"PRIVMSG {channel}", Priority.ALERT):
                if await session.questions.is_online(session.nick, seconds) is None:
                    break
                return "the channel takes nothing from us" if session.channel.refusals > refused else ""
            await asyncio.sleep(0.1)
        return "the server does not answer"

    def fit(self, verb: str, target: str, text: str) -> list[str]:
        """The text in as many pieces as it takes lines, as others will get them from us."""
        session = self._session
        known = session.prefix if session is not None else ""
        prefix = len(known.encode()) if known else len(self.nick.encode()) + _LONGEST
        return list(split(text, LINE - prefix - len(f": {verb} {target} :".encode())))

    # --- asking ------------------------------------------------------------------------------

    async def identify(self, message: Message, *, twice: bool = False, glance: bool = False) -> Identity | Refusal:
        """Who wrote this, as the server vouches for it now.

        Asked `twice` for what cannot be taken back; for who only looks, a `glance` at what is known of a moment ago.
        """
        session = self._session
        if session is None:
            return Refusal("not connected")
        return await session.witness.identify(message, twice=twice, glance=glance)

    def name(self, text: str) -> Name:
        """A nick, account or channel, to be compared as the network does."""
        return self._session.name(text) if self._session is not None else Name(text)

    def changed_since(self, nick: str, serial: int) -> bool:
        """Whether a nick may have changed hands after that line, as far as we could see."""
        return self._session is None or self._session.witness.changed_since(nick, serial)

    def is_member(self, nick: str) -> bool:
        """Whether that nick is in the opers' channel now, as far as the server has told us."""
        return self._session is not None and nick in self._session.witness.members

    def people(self) -> list[str]:
        """Who else is in the opers' channel now."""
        session = self._session
        return (
            sorted(str(name) for name in session.witness.members if name != session.name(session.nick))
            if session
            else []
        )

    async def look(self, nick: str) -> Identity | Refusal:
        """Who bears that nick now: enough to tell them something, and never to obey them."""
        session = self._session
        return await session.witness.look(nick) if session is not None else Refusal("not connected")

    def weak_until_relogin(self, account: str, restored_at: datetime) -> None:
        """The account was restored: whoever was logged in to it then may be another than its owner.

        It proves nothing until they log in again, or come back on a new connection. To be told twice harms nothing.
        """
        if self._restored.mark(account, restored_at.timestamp()) and self._session is not None:
            self._session.witness.forget_glances()

    async def nick_online(self, nick: str, timeout: float) -> bool | None:  # noqa: ASYNC109 — one deadline
        """Whether that nick is on the network now; None if the server does not answer in time."""
        session = self._session
        return await session.questions.is_online(nick, timeout) if session is not None else None

    async def service_online(self, nick: str, timeout: float) -> bool:  # noqa: ASYNC109 — same
        """Whether a service is there under that nick, and not a person of our own server who has taken it."""
        session = self._session
        return bool(await session.questions.find_service(nick, timeout)) if session is not None else False

    async def ask_services(self, nick: str, text: str, *, timeout: float) -> list[str]:  # noqa: ASYNC109 — same
        """What a service answered by notice, till it is quiet; [] where none is there. No proof: see `questions`.

        Raises:
            ControlFailed: we are not on IRC.
        """
        session = self._session
        if session is None:
            raise ControlFailed("not connected to IRC, so services cannot be asked")
        return await session.questions.ask_services(nick, text, timeout)
