"""!reminders: what people should do again and again, and what of it is due."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.reminder import Standing


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line for each, what is due first."""
    del request
    standings: tuple[Standing, ...] = await desk.worker.do(lambda engine: engine.reminders.standings())
    for item in standings:
        helps = f" · {item.reminder.how} · !done {item.reminder.name}" if item.is_due else ""
        yield Reply(f"{item.told}{helps}")
    if not standings:
        yield Reply("nobody is reminded of anything here: all of [reminders] is never")


COMMAND = Command(
    words=("reminders",),
    role=Role.VIEW,
    usage="",
    summary="what people should do again and again, and what of it is due",
    example="!reminders",
    run=run,
)
