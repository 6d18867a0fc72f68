"""!approve: a second person agrees to a plan, and it is carried out."""

from collections.abc import AsyncIterator

from bot.chat.agreement import must_approve
from bot.chat.authority import Role
from bot.chat.carrying import carry_out, take_over
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Who asked is looked at once more; then it runs, and everybody hears it."""
    if len(request.args) != 1:
        raise Misused
    waiting = desk.agreements.look(request.args[0])
    must_approve(waiting, request.actor)
    await take_over(desk.agreements, waiting, request.actor)
    yield Reply(f"{waiting.code} of {waiting.by} is approved by {request.by}", loud=True)
    async for reply in carry_out(waiting, request, desk, how="approved"):
        yield reply


COMMAND = Command(
    words=("approve",),
    role=Role.APPROVE,
    usage="CODE",
    summary="be the second person who agrees to a plan, which is then carried out",
    example="!approve 7Q2F",
    run=run,
    settles=True,
)
