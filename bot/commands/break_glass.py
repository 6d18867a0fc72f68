"""!break-glass: one person alone does what needs two, and everybody hears it."""

from collections.abc import AsyncIterator

from bot.chat.agreement import must_break_glass
from bot.chat.authority import Role
from bot.chat.carrying import carry_out, take_over
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.registrations.words import clipped

_REASON = 200  # bytes
_HEADLINE = 60


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Only with a reason, only for those whom the configuration names, and never quietly."""
    if len(request.args) < 2:  # noqa: PLR2004 — a code, and a reason of at least one word
        raise Misused
    waiting, reason = desk.agreements.look(request.args[0]), clipped(" ".join(request.args[1:]), _REASON)
    must_break_glass(waiting, request.actor)
    await take_over(desk.agreements, waiting, request.actor)
    by, what = request.by, f"plan {waiting.code}: {clipped(waiting.plan.headline, _HEADLINE)}"
    await desk.worker.do(lambda engine: engine.broken_glass.note(by=by, what=what))
    yield Reply(
        f"GLASS BROKEN by {request.by} for plan {waiting.code}: nobody else agreed. Reason: {reason}", loud=True
    )
    async for reply in carry_out(waiting, request, desk, how="glass broken", reason=reason):
        yield reply


COMMAND = Command(
    words=("break-glass",),
    role=Role.RESTORE,
    usage="CODE REASON",
    summary="carry out alone what needs a second person; told to everybody, and only for those in access.break_glass",
    example="!break-glass 7Q2F nobody else is awake and the channel is taken over",
    run=run,
    settles=True,
)
