"""!retention: what pruning would remove, and why the rest stays."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.pruning import summary
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The headline, and a line a storage."""
    if [word.lower() for word in request.args] not in ([], ["plan"]):
        raise Misused
    plan = await desk.worker.do(lambda engine: engine.retention.plan())
    yield Reply(plan.headline)
    for reply in summary(plan):
        yield reply


COMMAND = Command(
    words=("retention",),
    role=Role.ADMIN,
    usage="[plan]",
    summary="what pruning would remove now, and why the rest stays",
    example="!retention plan",
    run=run,
)
