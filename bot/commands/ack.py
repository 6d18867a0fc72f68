"""!ack: somebody knows of an incident; it is not said again for a day, unless it gets worse."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.engine import Engine


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Those that were meant."""
    if len(request.args) != 1:
        raise Misused
    cause, by = request.args[0], request.by

    def ack(engine: Engine) -> tuple[str, ...]:
        known = engine.teller.notices.ack(cause, by)
        engine.journal.record("acknowledged", causes=", ".join(known), by=by)
        return known

    known = await desk.worker.do(ack)
    yield Reply(f"{by} knows of {', '.join(known)}: quiet for a day" if known else "there is no such incident: !alerts")


COMMAND = Command(
    words=("ack",),
    role=Role.ADMIN,
    usage="CAUSE|all",
    summary="say that you know of an incident: it is not said again for a day, unless it gets worse",
    example="!ack backup/services",
    run=run,
)
