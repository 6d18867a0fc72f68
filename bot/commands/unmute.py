"""!unmute: the end of a mute."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.engine import Engine


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Whether there was one."""
    if len(request.args) != 1:
        raise Misused
    cause, by = request.args[0], request.by

    def unmute(engine: Engine) -> bool:
        ended = engine.teller.notices.unmute(cause)
        if ended:
            engine.journal.record("unmuted", what=cause, by=by)
        return ended

    ended = await desk.worker.do(unmute)
    yield Reply(f"{cause} is heard again" if ended else "that is not muted: !alerts tells what is")


COMMAND = Command(
    words=("unmute",),
    role=Role.ADMIN,
    usage="CAUSE|all",
    summary="the end of !mute",
    example="!unmute copy/offsite",
    run=run,
)
