"""!restore channel: the plan for one channel, with its access list, topic and modes."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose_restore
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    async for reply in propose_restore(request, desk, "channel", COMMAND):
        yield reply


COMMAND = Command(
    words=("restore", "channel"),
    role=Role.RESTORE,
    usage="#CHAN [from WHEN|ID] [merge|replace [ITEM]] [founder NICK]",
    summary="bring a channel back; shows a plan first",
    example="!restore channel #garden from 2h ago",
    run=run,
)
