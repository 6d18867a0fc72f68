"""The whole bot, on a network without sockets and in a hurried loop: everything that could go wrong is noticed."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

from bot import app
from bot.config import BotSettings, load
from bot.demo.network import lay_out
from bot.doorkeeper import Doorkeeper
from bot.settings import SaslSettings
from core.control.silent import SilentSettings
from tests.fuzz.unwired import UnwiredNetwork

LONGEST_TABLE = 5000
"""Entries of the largest table that the connection keeps (who is in the channel)."""


class Problems(logging.Handler):
    """What was logged with a traceback or as others wrote it, and what reached the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(logging.Formatter().format(record))
        elif not record.getMessage().isprintable():
            self.found.append(f"raw in the log: {record.getMessage()!r}")

    def reached_the_loop(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An exception that nobody took."""
        self.found.append(f"reached the loop: {context}")


class Household:
    """What a test looks at afterwards."""

    def __init__(self, network: UnwiredNetwork, problems: Problems) -> None:
        self.network = network
        self.problems = problems
        self.admitted: list[str] = []  # the text of each line that was obeyed
        self.task: asyncio.Task[None] | None = None
        self.bot: object = None

    def verdict(self) -> list[str]:
        """Everything that must not be; [] for a good evening."""
        dead = ["the bot ended"] if self.task is not None and self.task.done() else []
        return self.problems.found + self.network.wrong + dead + too_long(self.bot)


def settings_of(folder: Path) -> BotSettings:
    """The demo's configuration, laid out once.

    Services are asked by nobody: a thread that waits for an answer waits in real time. None run, and nobody is told.
    """
    settings = load(lay_out(folder).config)
    sites = {
        name: site.model_copy(update={"ask": SilentSettings(kind="none")}) for name, site in settings.sources.items()
    }
    guards = settings.guards.model_copy(update={"services": False})
    return settings.model_copy(update={"sources": sites, "guards": guards})


def variant(settings: BotSettings, name: str) -> BotSettings:
    """The same, for a bot that connects in another way."""
    if settings.irc is None or settings.irc.oper is None:
        raise ValueError("the demo's bot is on IRC")
    login = SaslSettings(account="BackupServ", password=settings.irc.oper.password)
    ways: dict[str, dict[str, object]] = {
        "plain": {},
        "sasl": {"sasl": login},
        "required": {"sasl": login.model_copy(update={"required": True})},
        "sts": {"sasl": login, "tls": settings.irc.tls.model_copy(update={"mode": "sts"})},
        "keyed": {"channel_key": settings.irc.oper.password, "servers": ["localhost:6698", "[::1]:6699"]},
    }
    return settings.model_copy(update={"irc": settings.irc.model_copy(update=ways[name])})


VARIANTS = ("plain", "sasl", "required", "sts", "keyed")


@asynccontextmanager
async def household(settings: BotSettings, network: UnwiredNetwork) -> AsyncIterator[Household]:
    """The bot runs while the block does."""
    problems = Problems()
    home = Household(network, problems)
    asyncio.get_running_loop().set_exception_handler(problems.reached_the_loop)
    ours = logging.getLogger("bot")
    before = ours.level
    ours.addHandler(problems)
    ours.setLevel(logging.INFO)
    try:
        with network.instead_of_sockets(), _watched(home):
            bot = home.bot = app._Bot(settings)
            home.task = asyncio.create_task(bot.run())
            yield home
            home.task.cancel()
            with suppress(asyncio.CancelledError):
                await home.task
    finally:
        ours.setLevel(before)
        ours.removeHandler(problems)


def _watched(home: Household) -> Any:
    """Note down whom the doorkeeper lets in."""
    admit = Doorkeeper.admit

    async def watched(self: Doorkeeper, message: Any, *words: Any, **more: Any) -> Any:
        verdict = await admit(self, message, *words, **more)
        if verdict is not None:
            home.admitted.append(message.text)
        return verdict

    return mock.patch.object(Doorkeeper, "admit", watched)


# --- how much is kept ------------------------------------------------------------------------


def too_long(root: object, most: int = LONGEST_TABLE) -> list[str]:
    """Tables that have grown beyond what is allowed, anywhere in the bot's own objects of the connection."""
    return [f"{path} holds {size} entries" for path, size in tables(root) if size > most]


def tables(root: object) -> Iterator[tuple[str, int]]:
    """Each container that can be reached from the bot's objects, and how much is in it."""
    seen: set[int] = set()
    todo: deque[tuple[str, object]] = deque([("bot", root)])
    while todo:
        path, thing = todo.popleft()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, dict | list | set | frozenset | deque | tuple):
            yield path, len(thing)
            parts = list(thing.items()) if isinstance(thing, dict) else list(enumerate(thing))
            todo.extend((f"{path}[{str(key)[:20]}]", item) for key, item in parts[:50])
        elif isinstance(thing, asyncio.Queue):
            yield path, thing.qsize()
        elif _is_ours(thing):
            todo.extend((f"{path}.{name}", item) for name, item in _fields(thing))


def _is_ours(thing: object) -> bool:
    return type(thing).__module__.startswith("bot.") and not isinstance(thing, type)


def _fields(thing: object) -> Iterator[tuple[str, object]]:
    names = [*getattr(thing, "__dict__", {}), *(slot for kind in type(thing).__mro__ for slot in _slots(kind))]
    for name in names:
        with suppress(AttributeError):
            yield name, getattr(thing, name)


def _slots(kind: type) -> tuple[str, ...]:
    slots: str | tuple[str, ...] = kind.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else slots


def lets_us_in(line: str) -> list[str]:
    """The smallest server: it lets the bot in, into its channel, and makes it an operator."""
    verb, _, rest = line.partition(" ")
    replies = {
        "CAP LS 302": [":irc.test CAP * LS :account-tag message-tags server-time batch chghost echo-message"],
        "CAP END": [
            ":irc.test 001 BackupServ :hello",
            ":irc.test 005 BackupServ CASEMAPPING=rfc1459 BOT=B :are supported",
        ],
        "JOIN": [":BackupServ!backup@bot.host JOIN #opers"],
        "OPER": [":irc.test 381 BackupServ :you are an operator"],
        "PING": [":irc.test PONG irc.test :alive"],
    }
    if line.startswith("CAP REQ "):
        return [f":irc.test CAP * ACK {rest.removeprefix('REQ ')}"]
    return replies.get(line) or replies.get(verb, [])


def asks_for_a_login(line: str) -> list[str]:
    """The same, and it would take a login, but leaves the middle of it to others."""
    if line == "CAP LS 302":
        return [":irc.test CAP * LS :sasl=PLAIN,SCRAM-SHA-256,EXTERNAL account-tag message-tags"]
    if line.startswith("AUTHENTICATE") and line.rpartition(" ")[2] in {"PLAIN", "SCRAM-SHA-256", "EXTERNAL"}:
        return ["AUTHENTICATE +"]
    return lets_us_in(line)
