"""A connection that does not die: it registers, joins, answers, notices silence, and comes back."""

import asyncio
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable

from bot.irc.events import Connected, Disconnected, Event, Joined, LoggedIn, Opered, OracleChosen, Warned
from bot.irc.identity import Identity, Refusal
from bot.irc.link import LinkRefused, open_link
from bot.irc.logins import Restored
from bot.irc.messages import Message
from bot.irc.outbox import Priority
from bot.irc.sasl import Login
from bot.irc.session import Session
from bot.irc.splitting import LINE, printable, sanitise, split
from bot.settings import IrcSettings
from core.domain.errors import BackupServError, ControlFailed

log = logging.getLogger(__name__)

_STEADY = 300.0  # seconds after which a connection counts as good, and back-off begins anew
_LONG_FLOOR = 60.0  # seconds, when the server has said that we come too often
_UNWELCOME = ("throttl", "too fast", "too many", "banned", "k-line", "g-line", "z-line", "trying to reconnect")
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
    ) -> None:
        self._settings = settings
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

    async def run(self) -> None:
        """Stay connected until cancelled; then say goodbye."""
        tries = 0
        while True:
            began = time.monotonic()
            reason = await self._once()
            if time.monotonic() - began >= _STEADY:
                tries = 0
            wait = self._wait(tries, reason)
            tries += 1
            self._tell(Disconnected(reason, wait))
            await asyncio.sleep(wait)

    async def _once(self) -> str:
        """One connection from beginning to end; returns why it ended."""
        if not self._settings.tls.verify and self._settings.tls.fingerprint is None:
            self._tell(Warned("TLS verification is off (irc.tls.verify): anybody on the way can read and command"))
        try:
            login = _login(self._settings)
            link = await open_link(self._settings)
        except (LinkRefused, BackupServError) as refused:
            return str(refused)
        self._session = Session(
            link,
            self._settings,
            login,
            on_message=self._on_message,
            tell=self._tell,
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

    def _wait(self, tries: int, reason: str) -> float:
        """Full jitter, so that many bots do not come back at the same moment."""
        longest = min(self._settings.reconnect_limit_seconds, self._settings.reconnect_seconds * 2 ** min(tries, 16))
        wait = random.uniform(0, longest)  # noqa: S311 — jitter, not a secret
        return max(wait, _LONG_FLOOR) if any(word in reason.lower() for word in _UNWELCOME) else wait

    def _tell(self, event: Event) -> None:
        if isinstance(event, Connected | Joined | LoggedIn | Opered | OracleChosen):
            log.info("%s", event)
        else:
            log.warning("%s", event)
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
        prefix = len(session.prefix.encode()) if session.prefix else len(session.nick.encode()) + _LONGEST
        room = LINE - prefix - len(f": {verb} {target} :".encode())
        for piece in split(text, room):
            session.send(f"{verb} {target} :{piece}", priority)

    # --- asking ------------------------------------------------------------------------------

    async def identify(self, message: Message, *, twice: bool = False, glance: bool = False) -> Identity | Refusal:
        """Who wrote this, as the server vouches for it now.

        Asked `twice` for what cannot be taken back; for who only looks, a `glance` at what is known of a moment ago.
        """
        session = self._session
        if session is None:
            return Refusal("not connected")
        return await session.witness.identify(message, twice=twice, glance=glance)

    def is_member(self, nick: str) -> bool:
        """Whether that nick is in the opers' channel now, as far as the server has told us."""
        return self._session is not None and nick in self._session.witness.members

    def weak_until_relogin(self, account: str) -> None:
        """The account was restored: whoever is logged in to it now may be another than its owner.

        It proves nothing until they log in again, or come back on a new connection.
        """
        self._restored.mark(account)
        if self._session is not None:
            self._session.witness.forget_glances()

    async def nick_online(self, nick: str, timeout: float) -> bool:  # noqa: ASYNC109 — one deadline for the question
        """Whether that nick is on the network now; False if the server does not answer in time."""
        session = self._session
        return await session.questions.is_online(nick, timeout) if session is not None else False

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


def _login(settings: IrcSettings) -> Login | None:
    """How we log in, with the password read from where it lies.

    Raises:
        BackupServError: it cannot be read; no connection is worth a try without it.
    """
    sasl = settings.sasl
    if sasl is None:
        return None
    password = sasl.password.reveal() if sasl.password is not None else ""
    return Login(mechanism=sasl.mechanism, account=sasl.account or "", password=password)
