"""!status: is the network safe now?"""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """One honest line, then what is wrong."""
    del request
    status = await desk.worker.do(lambda engine: engine.status())
    yield Reply(str(status))
    for trouble in status.troubles:
        yield Reply(f"! {trouble}")


COMMAND = Command(
    words=("status",), role=Role.VIEW, usage="", summary="is the network safe now", example="!status", run=run
)
