"""!blame: what changed about a nick, a channel or a group, when, and who set it where that is known."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line a change, the newest first, each between the two snapshots that frame it."""
    if len(request.args) != 1:
        raise Misused
    name = request.args[0]
    report = await desk.worker.do(lambda engine: engine.blame(name, progress=request.progress))
    for line in report.told():
        yield Reply(line)


COMMAND = Command(
    words=("blame",),
    role=Role.VIEW,
    usage="NICK|#CHAN|!GROUP",
    summary="what changed about it, between which snapshots, and who set it where that is known",
    example="!blame #garden",
    run=run,
)
