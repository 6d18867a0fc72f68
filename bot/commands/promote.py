"""!promote: the plan for making a standby the live database on this host. Always two people."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.proposing import propose
from bot.chat.reply import Reply

_DOWN = "old-is-down"


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what it is, what would be lost, and the code."""
    names = [word for word in request.args if word.lower() != _DOWN]
    if len(names) > 1:
        raise Misused(f"one standby, and {_DOWN}")
    name, said = "".join(names), len(names) < len(request.args)
    async for reply in propose(
        request.asker, desk, lambda engine: engine.plan_promotion(name, old_is_down=said, progress=request.progress)
    ):
        yield reply


COMMAND = Command(
    words=("promote",),
    role=Role.RESTORE,
    usage=f"[NAME] [{_DOWN}]",
    summary="make a standby the live database on this host; shows a plan first",
    example="!promote",
    run=run,
)
