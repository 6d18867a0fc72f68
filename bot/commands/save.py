"""!save: services write their database now."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.moment import show
from core.domain.size import show_size


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Asks them, and waits until the new file is there and whole."""
    size, saved_at = await desk.worker.do(lambda engine: engine.save(progress=request.progress))
    yield Reply(f"services saved {show_size(size)} at {show(saved_at)}; !backup now makes a snapshot of it")


COMMAND = Command(
    words=("save",),
    role=Role.BACKUP,
    usage="",
    summary="ask services to save their database now",
    example="!save",
    run=run,
)
