"""!code: a one-time code, in private. The code desk takes it before anybody is asked who wrote it."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Only how it is said: no code comes this way."""
    del request, desk
    yield Reply(f"usage, in private: {COMMAND.name} {COMMAND.usage}")


COMMAND = Command(
    words=("code",),
    role=Role.VIEW,
    usage="[NAME] CODE",
    summary="show who you are by a one-time code, in private, while services are down",
    example="!code alice 123456",
    run=run,
)
