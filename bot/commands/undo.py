"""!undo: the plan for taking a restore back. The life since stays."""

from collections.abc import AsyncIterator

from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose
from bot.chat.reply import Reply
from bot.chat.worker import LastStep


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what goes, what comes back, and the code."""
    if len(request.args) != 1:
        yield Reply(f"usage: {COMMAND.name} {COMMAND.usage}. For example: {COMMAND.example}")
        return
    code = request.args[0]
    async for reply in propose(request, desk, lambda engine: engine.plan_undo(code, progress=LastStep())):
        yield reply


COMMAND = Command(
    words=("undo",),
    usage="CODE",
    summary="take a restore back, within 7 days; shows a plan first",
    example="!undo 7Q2F",
    run=run,
)
