"""!who: who has access to a channel, now or then."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.side import LIVE


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Where it was read, then an entry a line, founders first."""
    if not request.args:
        raise Misused
    channel, *when = request.args
    rest = when[1:] if when and when[0].lower() in {"from", "at"} else when
    reference = " ".join(rest) or LIVE
    report = await desk.worker.do(lambda engine: engine.who(channel, reference, progress=request.progress))
    for line in report.told():
        yield Reply(line)


COMMAND = Command(
    words=("who",),
    role=Role.VIEW,
    usage="#CHAN [WHEN|ID]",
    summary="who has access to a channel, now or then",
    example="!who #garden yesterday 21:00",
    run=run,
)
