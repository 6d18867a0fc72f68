"""!deny: a plan that waits is dead."""

from collections.abc import AsyncIterator

from bot.chat.agreement import must_deny
from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.proposing import write_down
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Nobody can agree to it any more. The reason is for the audit trail."""
    if not request.args:
        raise Misused
    waiting = desk.agreements.look(request.args[0])
    must_deny(waiting, request.actor)
    desk.agreements.take(waiting)
    await write_down(desk, "plan denied", waiting, request.actor, reason=" ".join(request.args[1:]))
    yield Reply(
        f"{waiting.code} of {waiting.by} is denied by {request.by}; nothing was changed", loud=bool(waiting.second)
    )


COMMAND = Command(
    words=("deny",),
    role=Role.VIEW,
    usage="CODE [REASON]",
    summary="end a plan that waits: your own, or anybody's if you may approve",
    example="!deny 7Q2F wrong channel",
    run=run,
    settles=True,
)
