"""!backup now: one snapshot, now."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.errors import BackupServError
from core.domain.size import show_size


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Says at once that it runs, and what came of it."""
    yield Reply("backup running …")
    full = "full" in [word.lower() for word in request.args]
    only = [word for word in request.args if word.lower() not in {"full", "source"}]
    reason = f"asked by {request.by}"
    try:
        reports = await desk.worker.do(
            lambda engine: engine.back_up(reason=reason, progress=request.progress, full=full, only=only)
        )
    except BackupServError:
        await desk.worker.do(
            lambda engine: engine.sync(progress=request.progress)
        )  # what was saved all the same goes on
        raise
    for report in reports:
        snapshot = report.snapshot
        counts = " · ".join(
            f"{snapshot.counts[kind]:,} {kind}" for kind in ("accounts", "channels", "files") if kind in snapshot.counts
        )
        state = "is new" if report.is_new else "is still the whole truth: nothing changed since"
        yield Reply(
            f"snapshot {snapshot.tail} of {snapshot.source} {state} · {counts} · "
            f"{show_size(snapshot.size)}, {show_size(snapshot.stored_size)} sealed · {report.seconds:.1f}s"
        )
        if snapshot.held:
            yield Reply(
                f"! it is HELD, and not the latest: {snapshot.held}; !release {snapshot.tail} if that was meant"
            )
        for finding in report.warnings[:2]:
            yield Reply(f"! {finding}")
    for copy in await desk.worker.do(lambda engine: engine.sync(progress=request.progress)):
        yield Reply(f"! {copy}" if copy.trouble else str(copy))


COMMAND = Command(
    words=("backup", "now"),
    role=Role.BACKUP,
    usage="[SOURCE …] [full]",
    summary="make a snapshot now",
    example="!backup now",
    run=run,
)
