"""!resume: the end of a pause."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Whether there was one."""
    if len(request.args) != 1:
        raise Misused
    job = request.args[0]
    ended = await desk.worker.do(lambda _: desk.timetable.resume(job, request.by))
    yield Reply(f"{job} begins again when it is due" if ended else f"{job} is not paused: !schedule tells what is")


COMMAND = Command(
    words=("resume",),
    role=Role.ADMIN,
    usage="JOB|all",
    summary="the end of !pause",
    example="!resume sync",
    run=run,
)
