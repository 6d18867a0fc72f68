"""!snapshots: what is there."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.moment import ago, show
from core.domain.size import show_size

_LINES = 3  # in the channel; the command line lists all


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The newest few, and how many more."""
    del request
    snapshots = await desk.worker.do(lambda engine: engine.snapshots())
    if not snapshots:
        yield Reply("there is no snapshot yet; !backup now makes one")
        return
    engine = desk.worker.engine
    now = engine.clock.now()
    for snapshot in reversed(snapshots[-_LINES:]):
        proof = engine.ledger.standing(snapshot.id)
        proven = f"{proof.verdict} to level {proof.level}" if proof else "not verified yet"
        age = ago((now - snapshot.taken_at).total_seconds())
        accounts = snapshot.counts.get("accounts", 0)
        yield Reply(
            f"{snapshot.tail} {snapshot.source} {show(snapshot.taken_at)} ({age} ago) · "
            f"{accounts:,} accounts · {show_size(snapshot.size)} · {proven} · {snapshot.reason}"
        )
    if len(snapshots) > _LINES:
        yield Reply(f"… and {len(snapshots) - _LINES} older: `backupserv snapshots` lists them all")


COMMAND = Command(
    words=("snapshots",), role=Role.VIEW, usage="", summary="the newest snapshots", example="!snapshots", run=run
)
