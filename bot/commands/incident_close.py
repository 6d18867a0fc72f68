"""!incident close: it is over; what was kept for it goes with the policy again after some days."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.case import KEPT_AFTER


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The report stays."""
    text, by = " ".join(request.args), request.by
    case = await desk.worker.do(lambda engine: engine.cases.close(text, by=by))
    desk.bell.wake()
    yield Reply(
        f"incident {case.id} is closed: what was kept for it stays for {KEPT_AFTER.days} more days; "
        f"!incident report {case.id} tells what happened"
    )


COMMAND = Command(
    words=("incident", "close"),
    role=Role.ADMIN,
    usage="[TEXT]",
    summary="end the incident that is open; what was pinned for it stays for some days",
    example="!incident close all channels are back",
    run=run,
)
