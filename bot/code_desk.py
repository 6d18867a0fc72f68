"""Takes one-time codes, in private: for who has neither services nor a certificate to speak for them."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.chat.reply import Reply
from bot.irc.connection import IrcConnection
from bot.irc.identity import Identity, Refusal
from bot.irc.messages import Message
from bot.lockout import SILENCE, Lockout
from bot.one_time_codes import OneTimeCodes
from bot.vouches import GOOD_FOR, Vouches
from core.domain.errors import BackupServError

log = logging.getLogger(__name__)

WORD = "!code"
_MOST_ALOUD = 3  # codes of one line that are looked at
_DIGITS = re.compile(r"[0-9]{6}")
_USAGE = f"usage, in private: {WORD} [NAME] CODE. NAME is yours in the configuration, where your nick is another"


class CodeDesk:
    """One code after the other, so that nobody tries many at once. All of it is written down, but for the code."""

    def __init__(
        self,
        *,
        connection: IrcConnection,
        codes: OneTimeCodes,
        vouches: Vouches,
        now: Callable[[], datetime],
        announce: Callable[[str], None],
        write_down: Callable[[str, Message, str], Awaitable[None]],
    ) -> None:
        self._connection = connection
        self._codes = codes
        self._vouches = vouches
        self._announce = announce
        self._write_down = write_down
        self._lockout = Lockout(now)
        self._alone = asyncio.Lock()

    def is_code(self, text: str) -> bool:
        """Whether a line is for this desk."""
        return text.split(maxsplit=1)[0].lower() == WORD

    async def take(self, message: Message) -> Reply | None:
        """What to say to who showed a code; nothing to who is no operator, or is not listened to."""
        async with self._alone:
            if message.channel is not None:
                await self._burn(message)
            if self._lockout.is_closed(message.user_host):
                return None
            identity = await self._connection.identify(message)
            if isinstance(identity, Refusal) or not identity.is_oper:
                why = identity.reason if isinstance(identity, Refusal) else "not an IRC operator now"
                await self._write_down("refused", message, why)
                return None
            try:
                return await self._look_at(message, identity)
            except BackupServError as error:
                return Reply(f"{WORD}: {error}", private=True)

    async def _burn(self, message: Message) -> None:
        """Whoever says a code aloud, and whatever stands around it: everybody has read it."""
        try:
            for shown in _DIGITS.findall(message.text)[:_MOST_ALOUD]:
                await asyncio.to_thread(self._codes.burn, shown)
        except BackupServError as error:
            log.warning("a one-time code that was said aloud could not be made to serve no more: %s", error)

    async def _look_at(self, message: Message, identity: Identity) -> Reply | None:
        *named, code = message.text.split()[1:] or [""]
        if message.channel is not None:
            return Reply(f"everybody has read that code, so it does not serve any more. {_USAGE}", private=True)
        if not _DIGITS.fullmatch(code) or len(named) > 1:
            return Reply(_USAGE)
        person = self._person(named[0] if named else message.nick)
        if person and self._lockout.is_closed(f"person {person}"):
            return None
        if not await asyncio.to_thread(self._codes.take, person, code):
            return await self._wrong(message, person)
        self._lockout.succeeded(message.user_host)
        self._lockout.succeeded(f"person {person}")
        self._vouches.give(message, identity, person)
        await self._write_down("obeyed", message, f"one-time code of {person}, oper")
        minutes = GOOD_FOR.seconds // 60
        self._announce(
            f"{message.nick} has shown a one-time code of {person}, good for {minutes}m. Not them? !deny, /kill"
        )
        return Reply(f"you are {person} for {minutes} minutes, as long as you stay connected and in the channel")

    def _person(self, name: str) -> str:
        """The person of that name who has a secret; "" for nobody."""
        wanted = self._connection.name(name)
        return next((person for person in self._codes.people if self._connection.name(person) == wanted), "")

    async def _wrong(self, message: Message, person: str) -> Reply:
        await self._write_down("refused", message, f"a wrong one-time code of {person or 'nobody who has one'}")
        closed = [self._lockout.failed(message.user_host), bool(person) and self._lockout.failed(f"person {person}")]
        if any(closed):
            whose = f"of {person} " if person else ""
            self._announce(
                f"too many wrong one-time codes {whose}by {message.nick}: none is taken for {_minutes()} minutes"
            )
        return Reply("that code is wrong, has served already, or your clock is off by more than half a minute")


def _minutes() -> int:
    return SILENCE.seconds // 60
