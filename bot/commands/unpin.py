"""!unpin: a pin is taken away."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The policy decides again."""
    if len(request.args) != 1:
        raise Misused
    reference, by = request.args[0], request.by
    found = await desk.worker.do(lambda engine: engine.retention.unpin(reference, by=by))
    yield Reply(f"snapshot {found.rpartition('-')[2]} is not pinned any more")


COMMAND = Command(
    words=("unpin",),
    role=Role.ADMIN,
    usage="ID",
    summary="take a pin away",
    example="!unpin 7q2fk3",
    run=run,
    settles=True,
)
