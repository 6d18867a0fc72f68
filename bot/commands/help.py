"""!help: what you can ask."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The list in one line, or one command whole."""
    if request.args:
        wanted = " ".join(request.args).lower().removeprefix("!")
        for command in desk.commands:
            if " ".join(command.words).startswith(wanted):
                yield Reply(f"{command.line}. For example: {command.example}")
                return
        yield Reply("no such command")
    names = " · ".join(f"{command.name} {_short(command.usage)}".strip() for command in desk.commands)
    yield Reply(f"{names} — !help COMMAND tells more")


def _short(usage: str) -> str:
    """What must be said; the rest is told by the help of that command."""
    needed, bracket, _ = usage.partition(" [")
    return f"{needed} …" if bracket else usage


COMMAND = Command(
    words=("help",),
    role=Role.VIEW,
    usage="[COMMAND]",
    summary="what you can ask",
    example="!help restore user",
    run=run,
)
