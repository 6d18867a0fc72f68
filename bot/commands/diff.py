"""!diff: what changed between two snapshots, or since one."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.diff import split_references
from core.registrations.difference_words import by_itself, headlines, totals

_FEW = 3  # changes that are told where it was asked: with the totals they are a channel's four lines


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """How much, who has power now that had none, who went and came; then every change, the weightiest first."""
    if not request.args:
        raise Misused
    before, after = split_references(request.args, desk.worker.engine.clock.now())
    report = await desk.worker.do(lambda engine: engine.diff(before, after, progress=request.progress))
    difference = report.difference
    yield Reply(f"{report.before} → {report.after}: {totals(difference)}")
    many = len(difference.changes) > _FEW
    for line in headlines(difference) if many else ():
        yield Reply(line)
    for change in difference.changes:
        yield Reply(f"{'! ' if change.rank <= 1 else ''}{change}", private=many)
    if many and (rest := by_itself(difference)):
        yield Reply(f"not listed: {rest}", private=True)


COMMAND = Command(
    words=("diff",),
    role=Role.VIEW,
    usage="A [B]",
    summary="what changed from one snapshot or time to another; B is live if left out",
    example="!diff yesterday 21:00",
    run=run,
)
