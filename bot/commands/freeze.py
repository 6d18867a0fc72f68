"""!freeze: nothing at all is removed until !thaw."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Nothing goes, anywhere."""
    if not request.args:
        raise Misused
    reason, by = " ".join(request.args), request.by
    await desk.worker.do(lambda engine: engine.retention.freeze(reason, by=by))
    yield Reply("frozen: no snapshot is removed until !thaw")


COMMAND = Command(
    words=("freeze",),
    role=Role.ADMIN,
    usage="REASON",
    summary="remove nothing at all until !thaw",
    example="!freeze somebody dropped half of our channels",
    run=run,
)
