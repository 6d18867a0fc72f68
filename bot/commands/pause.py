"""!pause: a job of the schedule does not begin for a time."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.lasting import EXAMPLES, read_lasting
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """It ends by itself."""
    words = [word for word in request.args if word.lower() != "for"]
    lasting = read_lasting(words[1]) if len(words) == 2 else None  # noqa: PLR2004 — a job and a time
    if lasting is None:
        raise Misused(f"for how long? {EXAMPLES}")
    job = words[0]
    until = await desk.worker.do(lambda _: desk.timetable.pause(job, lasting, request.by))
    yield Reply(
        f"{job} does not begin until {until:%a %d %b %H:%M %Z}; what is missed is caught up then. !resume {job} ends it"
    )


COMMAND = Command(
    words=("pause",),
    role=Role.ADMIN,
    usage="JOB|all for TIME",
    summary="a job of the schedule does not begin for a time",
    example="!pause sync for 2h",
    run=run,
)
