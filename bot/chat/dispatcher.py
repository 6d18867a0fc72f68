"""From a line of chat to a command's words: parse, authorise, run, and turn errors into one line."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.nearest import unknown
from bot.chat.paging import Answer, Fit, whole
from bot.chat.reply import Reply
from bot.chat.words import LONGEST, words_of
from core.domain.errors import BackupServError

log = logging.getLogger(__name__)

PREFIX = "!"
_FREE_TEXT = ("REASON", "TEXT", "TITLE")  # in a command's usage: what stands there may hold anything
_PATIENCE = 1.5  # seconds until somebody who waits is told that work goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that somebody wrote, stripped of everything that is IRC."""

    nick: str
    text: str
    in_channel: bool
    fit: Fit = whole


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
        """What to say to a line, and where; nothing to somebody who may not command."""
        words = words_of(line.text[1 : LONGEST + 1])
        command = self._find(words)
        needed = (command.scrutiny, command.role) if command is not None else (Scrutiny.GLANCE, Role.VIEW)
        actor = await admit(*needed)
        if actor is None:
            return
        answer = Answer(nick=line.nick, in_channel=line.in_channel, fit=line.fit)
        async for reply in self._replies(line, words, command, actor, admit):
            for said in answer.take(reply):
                yield said
        for said in answer.end():
            yield said
        if answer.rest:
            self._desk.shelf.put(actor.name, answer.rest)

    async def _replies(
        self, line: Line, words: tuple[str, ...], command: Command | None, actor: Actor, admit: Admit
    ) -> AsyncIterator[Reply]:
        if command is None:
            yield Reply(unknown(words, self._desk.commands))
        elif not actor.may(command.role):
            yield Reply(f"{command.name} needs the role {command.role}; !help shows what you may do")
        elif len(line.text) > LONGEST:
            yield Reply(f"{command.name}: that is longer than any command; nothing was done")
        else:
            still = partial(admit, Scrutiny.AGAIN, command.role)
            with self._desk.jobs.at_work(command.name, actor.name, stoppable=not command.settles) as job:
                request = Request(
                    actor=actor,
                    args=words[len(command.words) :],
                    in_channel=line.in_channel,
                    still=still,
                    progress=job,
                )
                async for reply in _patiently(self._run(command, request)):
                    yield reply

    def _find(self, words: tuple[str, ...]) -> Command | None:
        lowered = tuple(word.lower() for word in words)
        fitting = [item for item in self._desk.commands if lowered[: len(item.words)] == item.words]
        return max(fitting, key=lambda item: len(item.words), default=None)

    async def _run(self, command: Command, request: Request) -> AsyncIterator[Reply]:
        try:
            _must_make_sense(command, request.args)
            async for reply in command.run(request, self._desk):
                yield reply
        except Misused as misused:
            why = f"{misused}; " if str(misused) else ""
            yield Reply(f"{why}usage: {command.form}. For example: {command.example}")
        except BackupServError as error:
            yield Reply(f"{command.name}: {error}")
        except Exception:
            log.exception("%s failed", command.name)
            yield Reply(f"{command.name} failed inside BackupServ; its log says where. Nothing more was done.")


def _must_make_sense(command: Command, args: tuple[str, ...]) -> None:
    """Refuse what no command understands."""
    if args and not command.usage:
        raise Misused(f"nothing follows {command.name}")
    free = any(word in command.usage for word in _FREE_TEXT)
    if not free and any(word.startswith("--") for word in args):
        raise Misused("options are plain words here, without dashes, and --json is for the command line")


async def _patiently(replies: AsyncIterator[Reply]) -> AsyncIterator[Reply]:
    """The same replies, and a word after a while where the first one takes long."""
    first = asyncio.ensure_future(anext(replies, None))
    done, _ = await asyncio.wait({first}, timeout=_PATIENCE)
    if not done:
        yield Reply("working …", private=True)
    reply = await first
    while reply is not None:
        yield reply
        reply = await anext(replies, None)
