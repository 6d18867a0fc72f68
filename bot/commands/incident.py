"""!incident: those that people opened, the open one first."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.case import Case

_MOST = 20


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line for each."""
    if request.args:
        raise Misused("!incident open TITLE · note TEXT · close · report [ID]")
    known: tuple[Case, ...] = await desk.worker.do(lambda engine: engine.cases.all())
    for case in reversed(known[-_MOST:]):
        notes = f" · {len(case.notes)} notes" if case.notes else ""
        yield Reply(f"{case.cut_short or case.standing}{notes}")
    if not known:
        yield Reply("there was no incident yet: !incident open TITLE begins one")


COMMAND = Command(
    words=("incident",),
    role=Role.VIEW,
    usage="",
    summary="incidents that people opened, the newest first",
    example="!incident",
    run=run,
)
