"""!restore tls: the plan for certificates and their keys, put in place together and served at once."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_thing
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_thing(request, desk, "tls", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "tls"),
    role=Role.RESTORE,
    usage="[PATH …] [of SOURCE] [from WHEN|ID] [exact] [anyway ITEM …]",
    summary="bring certificates and their keys back, with nobody disconnected; shows a plan first",
    example="!restore tls from 2026-11-20",
    run=run,
)
