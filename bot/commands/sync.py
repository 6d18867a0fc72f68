"""!sync: bring the copies up to date."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """One line a copy."""
    yield Reply("copying running …")
    reports = await desk.worker.do(lambda engine: engine.sync(progress=request.progress))
    for report in reports:
        yield Reply(f"! {report}" if report.trouble else str(report))
        for remark in report.remarks:
            yield Reply(f"! {remark}")
    if not reports:
        yield Reply("there is no copy: a second [storage.NAME] in the configuration makes one")


COMMAND = Command(
    words=("sync",), role=Role.BACKUP, usage="", summary="bring the copies up to date", example="!sync", run=run
)
