"""!done: somebody has done what was due; who and when is written down."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.reminder import Standing


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """It is due again after its time from today on."""
    if len(request.args) != 1:
        raise Misused("of what? !reminders lists them")
    name, by = request.args[0], request.by
    item: Standing = await desk.worker.do(lambda engine: engine.reminders.done(name, by=by))
    yield Reply(f"{item.reminder.name} is done by {by}; due again {item.due_at:%Y-%m-%d}")


COMMAND = Command(
    words=("done",),
    role=Role.ADMIN,
    usage="REMINDER",
    summary="say that something of !reminders is done: you are not told of it until it is due again",
    example="!done retention-review",
    run=run,
)
