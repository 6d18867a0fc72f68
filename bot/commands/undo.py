"""!undo: the plan for taking a restore back. The life since stays."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.proposing import propose
from bot.chat.reply import Reply
from bot.chat.wishing import read_wishes
from core.registrations.wish import Wishes


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what goes, what comes back, and the code."""
    wanted = read_wishes(request.args, "account", COMMAND)
    if wanted.reference is not None or wanted.wishes != Wishes(choices=wanted.wishes.choices):
        raise Misused("that is for bringing something back, and not for undoing it")
    code, wishes = wanted.target.name, wanted.wishes
    async for reply in propose(
        request.asker, desk, lambda engine: engine.plan_undo(code, wishes, progress=request.progress)
    ):
        yield reply


COMMAND = Command(
    words=("undo",),
    role=Role.RESTORE,
    usage="CODE [replace [ITEM]]",
    summary="take a restore back, within 7 days; shows a plan first",
    example="!undo 7Q2F",
    run=run,
)
