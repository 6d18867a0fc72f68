"""From a line of chat to a command's words: parse, authorise, run, and turn errors into one line."""

import asyncio
import difflib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.errors import BackupServError

log = logging.getLogger(__name__)

PREFIX = "!"
_PATIENCE = 1.5  # seconds until somebody who waits is told that work goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that somebody wrote, stripped of everything that is IRC."""

    nick: str
    text: str
    in_channel: bool


Admit = Callable[[Scrutiny, Role], Awaitable[Actor | None]]
"""Asks the server who wrote the line; None for somebody who may not command at all. The role is for the audit trail."""


class Dispatcher:
    """Finds the command, asks who it is, and runs it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def is_command(self, text: str) -> bool:
        """Whether a line is addressed to us at all: nobody is looked up for ordinary talk."""
        return text.startswith(PREFIX) and text[1:2].isalpha()

    async def answer(self, line: Line, admit: Admit) -> AsyncIterator[Reply]:
        """What to say to a line; nothing to somebody who may not command."""
        words = line.text[1:].split()
        command = self._find(words)
        if command is None:
            if await admit(Scrutiny.GLANCE, Role.VIEW) is not None:
                yield Reply(self._unknown(words))
            return
        actor = await admit(command.scrutiny, command.role)
        if actor is None:
            return
        if not actor.may(command.role):
            yield Reply(f"{command.name} needs the role {command.role}; !help shows what you may do")
            return
        args = tuple(words[len(command.words) :])
        role = command.role

        async def still() -> Actor | None:
            return await admit(Scrutiny.AGAIN, role)

        request = Request(actor=actor, args=args, in_channel=line.in_channel, still=still)
        async for reply in _patiently(self._run(command, request)):
            yield reply

    def _find(self, words: list[str]) -> Command | None:
        lowered = tuple(word.lower() for word in words)
        fitting = [item for item in self._desk.commands if lowered[: len(item.words)] == item.words]
        return max(fitting, key=lambda item: len(item.words), default=None)

    def _unknown(self, words: list[str]) -> str:
        names = [" ".join(item.words) for item in self._desk.commands]
        typed = " ".join(words[:2]).lower()
        near = difflib.get_close_matches(typed, names, n=1, cutoff=0.5) or difflib.get_close_matches(
            words[0].lower(), names, n=1, cutoff=0.5
        )
        # What was typed is not repeated: an echo is how other people's text becomes ours.
        return f"no such command; did you mean !{near[0]}?" if near else "no such command; !help lists them"

    async def _run(self, command: Command, request: Request) -> AsyncIterator[Reply]:
        try:
            async for reply in command.run(request, self._desk):
                yield reply
        except BackupServError as error:
            yield Reply(f"{command.name}: {error}")
        except Exception:
            log.exception("%s failed", command.name)
            yield Reply(f"{command.name} failed inside BackupServ; its log says where. Nothing more was done.")


async def _patiently(replies: AsyncIterator[Reply]) -> AsyncIterator[Reply]:
    """The same replies, and a word after a while where the first one takes long."""
    first = asyncio.ensure_future(anext(replies, None))
    done, _ = await asyncio.wait({first}, timeout=_PATIENCE)
    if not done:
        yield Reply("working …")
    reply = await first
    while reply is not None:
        yield reply
        reply = await anext(replies, None)
