"""What a chat command is: declared once; its help, its grammar and its manual follow from the declaration."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from bot.chat.confirmation import Confirmations
from bot.chat.reply import Reply
from bot.chat.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for what. `account` is what the server vouched for a moment ago; a nick is only for addressing."""

    nick: str
    account: str
    args: tuple[str, ...]
    in_channel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a command may use: the engine, run in a worker thread, and what waits for a confirmation."""

    worker: Worker
    confirmations: Confirmations
    commands: tuple["Command", ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command. `words` are what is typed after "!"; `usage` shows the arguments."""

    words: tuple[str, ...]
    usage: str
    summary: str
    example: str
    run: Callable[[Request, Desk], AsyncIterator[Reply]]

    @property
    def name(self) -> str:
        """As it is typed: "!restore user"."""
        return "!" + " ".join(self.words)

    @property
    def line(self) -> str:
        """Its line in the help."""
        return f"{self.name}{' ' + self.usage if self.usage else ''} – {self.summary}"
