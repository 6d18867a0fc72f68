"""!restore user: the plan for one account, with its nicks, memos, certificates and access."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_restore
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_restore(request, desk, "account", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "user"),
    role=Role.RESTORE,
    usage="NICK [from WHEN|ID] [merge|replace [ITEM]] [as NEWNAME] [founded] [operator]",
    summary="bring an account back; shows a plan first",
    example="!restore user alice from yesterday 21:00",
    run=run,
)
