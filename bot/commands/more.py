"""!more: the next page of a long answer."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.paging import LIFETIME
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """All that waits: whoever says it makes pages of it again."""
    lines = desk.shelf.take(request.by)
    if not lines:
        yield Reply(f"nothing waits for you: what is left of a long answer is kept {LIFETIME.seconds // 60} minutes")
    for line in lines:
        yield Reply(line, private=True)


COMMAND = Command(
    words=("more",),
    role=Role.VIEW,
    usage="",
    summary="the next page of a long answer",
    example="!more",
    run=run,
)
