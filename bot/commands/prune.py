"""!prune: the plan for removing what retention no longer claims."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.pruning import propose_prune
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what goes, what stays and why, and the code."""
    async for reply in propose_prune(request.asker, desk):
        yield reply


COMMAND = Command(
    words=("prune",),
    role=Role.ADMIN,
    usage="",
    summary="remove what retention no longer claims; shows a plan first",
    example="!prune",
    run=run,
)
