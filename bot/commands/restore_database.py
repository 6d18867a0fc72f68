"""!restore database: the plan for a whole database as it was; what was registered since goes."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_thing
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_thing(request, desk, "database", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "database"),
    role=Role.RESTORE,
    usage="[of SOURCE] [from WHEN|ID] [anyway ITEM …]",
    summary="bring a whole database back as it was; shows a plan first",
    example="!restore database from yesterday 21:00",
    run=run,
)
