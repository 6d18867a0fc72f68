"""!restore group: the plan for one group, with its members and its access."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_restore
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_restore(request, desk, "group", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "group"),
    role=Role.RESTORE,
    usage="!GROUP [from WHEN|ID] [merge|replace [ITEM]] [founder NICK] [founded]",
    summary="bring a group back; shows a plan first",
    example="!restore group !staff",
    run=run,
)
