"""A witness without a socket: what was asked, and lines that come in."""

import asyncio
from collections.abc import Iterable

from bot.irc.casemap import Names
from bot.irc.identity import Identity, Refusal
from bot.irc.logins import Restored
from bot.irc.messages import Message, parse_line
from bot.irc.ourselves import Ourselves
from bot.irc.outbox import Priority
from bot.irc.witness import Witness
from bot.settings import IrcSettings

US = ":BackupServ!backup@bot.host"


class Bench:
    """The bot is on irc.test and in #opers, with alice, bob and who else is named."""

    def __init__(
        self,
        first_serial: int = 0,
        *,
        enabled: Iterable[str] = (),
        people: Iterable[str] = ("alice!a@host.test", "bob!b@h"),
        **more: object,
    ) -> None:
        self.asked: list[str] = []
        self.names = Names()
        self.us = Ourselves("BackupServ", self.names)
        self.restored = Restored()
        self.enabled = set(enabled)
        settings = IrcSettings.model_validate({"server": "irc.test", "channel": "#opers"} | more)
        self.witness = Witness(
            settings,
            self._send,
            self.us,
            self.names,
            enabled=lambda: self.enabled,
            restored=self.restored,
            first_serial=first_serial,
        )
        self.serial = first_serial
        self.hear(":irc.test 001 BackupServ :Welcome", f"{US} JOIN #opers")
        self.hear(*[f":{person} JOIN #opers" for person in people])

    def _send(self, line: str, priority: Priority) -> None:
        assert priority is Priority.IDENTITY
        self.asked.append(line)

    def hear(self, *lines: str) -> None:
        for text in lines:
            self.serial += 1
            line = parse_line(text.encode())
            self.us.feed(line)
            self.witness.feed(line, self.serial)

    def message(self, nick: str = "alice", user_host: str = "a@host.test", **more: object) -> Message:
        """What somebody writes at this moment."""
        self.serial += 1
        values: dict[str, object] = {"account": "Alice", "account_known": True, "channel": "#opers"} | more
        return Message(nick=nick, user_host=user_host, text="!x", serial=self.serial, **values)  # type: ignore[arg-type]  # what a test gives is what a message takes

    async def ask(self, message: Message, *answer: str, **how: bool) -> Identity | Refusal:
        """The verdict, when the server answers with these lines."""
        question = asyncio.create_task(self.witness.identify(message, **how))
        await asyncio.sleep(0)
        self.hear(*answer)
        return await question
