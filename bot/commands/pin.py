"""!pin: a snapshot that stays, whatever the policy says."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """It stays, with all it rests on, in every storage."""
    if len(request.args) < 2:  # noqa: PLR2004 — an id, and a reason of at least one word
        raise Misused
    reference, reason, by = request.args[0], " ".join(request.args[1:]), request.by
    snapshot = await desk.worker.do(lambda engine: engine.retention.pin(reference, reason, by=by))
    yield Reply(f"snapshot {snapshot.tail} is pinned; !unpin {snapshot.tail} takes it away")


COMMAND = Command(
    words=("pin",),
    role=Role.ADMIN,
    usage="ID REASON",
    summary="keep a snapshot, whatever the policy says",
    example="!pin 7q2fk3 the state before the merger",
    run=run,
)
