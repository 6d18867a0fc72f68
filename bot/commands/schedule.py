"""!schedule: what is done by itself, what came of it last, and when it comes again."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line a job."""
    del request
    rows = await desk.worker.do(lambda _: desk.timetable.rows())
    if not rows:
        yield Reply("nothing is scheduled: [schedule] in the configuration says so")
    for row in rows:
        yield Reply(str(row))
    for name in await desk.worker.do(lambda _: desk.timetable.uncovered()):
        yield Reply(f"! no job saves {name}")


COMMAND = Command(
    words=("schedule",),
    role=Role.VIEW,
    usage="",
    summary="what is done by itself, what came of it last, and when it comes again",
    example="!schedule",
    run=run,
)
