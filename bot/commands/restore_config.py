"""!restore config: the plan for configuration, with what differs line by line."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_thing
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_thing(request, desk, "config", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "config"),
    role=Role.RESTORE,
    usage="[PATH …] [of SOURCE] [from WHEN|ID] [exact] [anyway ITEM …]",
    summary="bring configuration back, tested before it is read again; shows a plan first",
    example="!restore config unrealircd.conf from yesterday",
    run=run,
)
