"""!incident note: what somebody saw or did, for the report."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """With its time and who said it."""
    if not request.args:
        raise Misused
    text, by = " ".join(request.args), request.by
    case = await desk.worker.do(lambda engine: engine.cases.note(text, by=by))
    yield Reply(f"noted in incident {case.id}: {len(case.notes)} so far")


COMMAND = Command(
    words=("incident", "note"),
    role=Role.ADMIN,
    usage="TEXT",
    summary="write down what you saw or did, for the report of the incident that is open",
    example="!incident note the links came back at 21:40",
    run=run,
)
