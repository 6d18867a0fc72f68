"""!keys: to whom snapshots are sealed, and when somebody last proved to open them."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.moment import show
from core.registrations.words import plural


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line a recipient. Only public halves are known here."""
    del request
    for holding in await desk.worker.do(lambda engine: engine.recipients()):
        proven = f"proven {show(holding.proven_at)}" if holding.proven_at else "NEVER proven: `backupserv keys prove`"
        state = "" if holding.is_current else " · nothing new is sealed to it"
        yield Reply(f"{holding.recipient}: {plural(holding.snapshots, 'snapshot')} · {proven}{state}")


COMMAND = Command(
    words=("keys",),
    role=Role.ADMIN,
    usage="",
    summary="to whom snapshots are sealed, and when that was last proven",
    example="!keys",
    run=run,
)
