"""!confirm: who asked for a plan has it carried out, where that is enough."""

from collections.abc import AsyncIterator

from bot.chat.agreement import must_confirm
from bot.chat.authority import Role
from bot.chat.carrying import carry_out
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Says that it runs, then each step with its seconds, or what was put back."""
    if len(request.args) != 1:
        raise Misused
    waiting = desk.agreements.look(request.args[0])
    must_confirm(waiting, request.actor)
    desk.agreements.take(waiting)
    async for reply in carry_out(waiting, request, desk, how="confirmed"):
        yield reply


COMMAND = Command(
    words=("confirm",),
    role=Role.RESTORE,
    usage="CODE",
    summary="carry out a plan that you asked for",
    example="!confirm 7Q2F",
    run=run,
    settles=True,
)
