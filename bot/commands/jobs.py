"""!jobs: what the bot is doing."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.moment import ago


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line a job: its number, what, by whom, since when, and the step at work."""
    others = [job for job in desk.jobs.running() if job is not request.progress]
    if not others:
        yield Reply("nothing is at work")
    now = desk.jobs.monotonic()
    for job in others:
        ending = f"!cancel {job.id}" if job.stoppable else "runs to its end: it changes what lives"
        step = f" · {job.text}" if job.text else ""
        yield Reply(f"job {job.id}: {job.name} by {job.by}, for {ago(now - job.since)}{step} · {ending}")


COMMAND = Command(
    words=("jobs",),
    role=Role.VIEW,
    usage="",
    summary="what the bot is doing, for whom, since when",
    example="!jobs",
    run=run,
)
