"""!release: a snapshot that is held is good."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """So much was meant to go: it is how things are from now on."""
    if len(request.args) != 1:
        raise Misused
    reference, by = request.args[0], request.by
    snapshot = await desk.worker.do(lambda engine: engine.release(reference, by=by))
    yield Reply(f"snapshot {snapshot.tail} of {snapshot.source} is held no more: later ones are judged by it")


COMMAND = Command(
    words=("release",),
    role=Role.ADMIN,
    usage="ID",
    summary="a snapshot that lost much, and is held, is good: so much was meant to go",
    example="!release 7q2fk3",
    run=run,
    settles=True,
)
