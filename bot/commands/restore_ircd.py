"""!restore ircd: the plan for the IRC server's own files: bans, permanent channels."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_thing
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_thing(request, desk, "ircd", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "ircd"),
    role=Role.RESTORE,
    usage="[PATH …] [of SOURCE] [from WHEN|ID] [exact] [anyway ITEM …]",
    summary="bring the IRC server's own files back (bans, permanent channels); shows a plan first",
    example="!restore ircd tkl.db from 2h ago",
    run=run,
)
