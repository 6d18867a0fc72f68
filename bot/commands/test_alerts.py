"""!test alerts: does a notice reach every place?"""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A verdict for each place."""
    verdicts = await desk.bell.test(request.by)
    for verdict in verdicts:
        yield Reply(verdict)
    if not verdicts:
        yield Reply("there is no place to tell: [notify.NAME] in the configuration makes one")


COMMAND = Command(
    words=("test", "alerts"),
    role=Role.ADMIN,
    usage="",
    summary="try every place where notices go, and tell what came of it",
    example="!test alerts",
    run=run,
)
