"""!diff: what changed between two snapshots, or since one."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.diff import split_references
from core.registrations.difference_words import headlines, totals
from core.registrations.words import clipped

_LINE = 340  # bytes: what fits into one IRC line with its sender


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: how much, who has power now that had none, who went and came."""
    if not request.args:
        raise Misused
    before, after = split_references(request.args, desk.worker.engine.clock.now())
    report = await desk.worker.do(lambda engine: engine.diff(before, after, progress=request.progress))
    yield Reply(clipped(f"{report.before} → {report.after}: {totals(report.difference)}", _LINE))
    for line in headlines(report.difference):
        yield Reply(line)
    if report.difference.changes:
        yield Reply(f"all of it: `backupserv diff {' '.join(report.words)}`")


COMMAND = Command(
    words=("diff",),
    role=Role.VIEW,
    usage="A [B]",
    summary="what changed from one snapshot or time to another; B is live if left out",
    example="!diff yesterday 21:00",
    run=run,
)
