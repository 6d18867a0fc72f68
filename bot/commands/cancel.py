"""!cancel: a job is called off, where nothing is left half-done by it."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.errors import PlanBlocked, SnapshotNotFound


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """It ends at its next step; what has begun to change what lives runs to its end."""
    if len(request.args) != 1:
        raise Misused
    job = desk.jobs.find(request.args[0])
    if job is None:
        raise SnapshotNotFound("no job of that number is at work", hint="!jobs lists them")
    if not job.stoppable:
        raise PlanBlocked(
            f"job {job.id} ({job.name}) cannot be stopped: cut short, it might leave services down",
            hint="it takes itself back if it fails; afterwards !undo takes it back",
        )
    job.called_off_by = request.by
    yield Reply(f"job {job.id} ({job.name} by {job.by}) ends at its next step")


COMMAND = Command(
    words=("cancel",),
    role=Role.BACKUP,
    usage="JOB",
    summary="call a job off; a restore that has begun runs to its end",
    example="!cancel 12",
    run=run,
)
