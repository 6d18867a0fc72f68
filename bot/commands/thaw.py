"""!thaw: the end of !freeze."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Pruning goes by the policy again; it tells what had been frozen."""
    by = request.by
    was = await desk.worker.do(lambda engine: engine.retention.thaw(by=by))
    yield Reply(f"thawed; it was frozen: {was}")


COMMAND = Command(
    words=("thaw",),
    role=Role.ADMIN,
    usage="",
    summary="the end of !freeze",
    example="!thaw",
    run=run,
    settles=True,
)
