"""What a chat command is: declared once; its help, its grammar and its manual follow from the declaration."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from bot.chat.agreement import Agreements, Asker
from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.bell import Bell, NoBell
from bot.chat.jobs import Job, Jobs
from bot.chat.paging import Shelf
from bot.chat.reply import Reply
from bot.chat.timetable import NoTimetable, Timetable
from bot.chat.worker import Worker
from core.domain.runbooks.page import Facts


class Misused(Exception):
    """The words behind a command mean nothing to it; the text says which. Answered with the command's usage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for what. `progress` is told each step of what is done for it."""

    actor: Actor
    args: tuple[str, ...]
    in_channel: bool
    still: Callable[[], Awaitable[Actor | None]]  # has the server asked again about this line
    progress: Job

    @property
    def by(self) -> str:
        """Who, as the audit trail says it."""
        return self.actor.name

    @property
    def asker(self) -> Asker:
        """Who asks, as a plan remembers it."""
        return Asker(actor=self.actor, still=self.still)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a command may use: the engine, run in a worker thread, and the plans that wait for an agreement."""

    worker: Worker
    agreements: Agreements
    commands: tuple["Command", ...] = field(default=())
    jobs: Jobs = field(default_factory=lambda: Jobs(time.monotonic))
    bell: Bell = field(default_factory=NoBell)
    timetable: Timetable = field(default_factory=NoTimetable)
    shelf: Shelf = field(default_factory=lambda: Shelf(time.monotonic))
    facts: Facts | None = None  # what runbooks say of this network


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command. `words` are what is typed after "!"; `usage` shows the arguments; `role` is what it needs."""

    words: tuple[str, ...]
    role: Role
    usage: str
    summary: str
    example: str
    run: Callable[[Request, Desk], AsyncIterator[Reply]]
    settles: bool = False  # it agrees to something: who asks is looked at twice

    @property
    def scrutiny(self) -> Scrutiny:
        """How hard it is looked at who asks."""
        if self.settles:
            return Scrutiny.TWICE
        return Scrutiny.GLANCE if self.role is Role.VIEW else Scrutiny.FRESH

    @property
    def name(self) -> str:
        """As it is typed: "!restore user"."""
        return "!" + " ".join(self.words)

    @property
    def form(self) -> str:
        """With its arguments: "!restore user NICK [from WHEN|ID]"."""
        return f"{self.name} {self.usage}".strip()

    @property
    def line(self) -> str:
        """Its line in the help."""
        return f"{self.form} – {self.summary}"
