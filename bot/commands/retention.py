"""!retention: what pruning would remove, and why the rest stays."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The headline and a line a storage; with `plan` in private every snapshot with its reasons, what goes first."""
    words = [word.lower() for word in request.args]
    if words not in ([], ["plan"]):
        raise Misused
    plan = await desk.worker.do(lambda engine: engine.retention.plan())
    yield Reply(plan.headline)
    summary, details = plan.summary(), plan.details()
    for line in summary:
        yield Reply(line)
    for line in details[len(summary) :] if words else ():
        yield Reply(line, private=True)


COMMAND = Command(
    words=("retention",),
    role=Role.ADMIN,
    usage="[plan]",
    summary="what pruning would remove now, and why the rest stays",
    example="!retention plan",
    run=run,
)
