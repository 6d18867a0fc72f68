"""!restore files: the plan for files and folders of any tree."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_thing
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_thing(request, desk, "files", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "files"),
    role=Role.RESTORE,
    usage="PATH … [of SOURCE] [from WHEN|ID] [exact] [anyway ITEM …]",
    summary="bring files and folders back; shows a plan first",
    example="!restore files themes/dark of users from 7q2fk3",
    run=run,
)
