"""!confirm: carry out a plan that was shown."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.proposing import propose
from bot.chat.pruning import carry_out_prune
from bot.chat.reply import Reply
from bot.chat.worker import LastStep
from core.domain.errors import PlanOutdated
from core.operations.prune_all import PrunePlan


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Says that it runs, then each step with its seconds, or what was put back."""
    if len(request.args) != 1:
        yield Reply(f"usage: {COMMAND.name} {COMMAND.usage}")
        return
    code = request.args[0].upper()
    plan = desk.confirmations.take(code, request.by)
    if isinstance(plan, str):
        yield Reply(plan)
        return
    yield Reply(f"{code} running …")
    if isinstance(plan, PrunePlan):
        async for reply in carry_out_prune(plan, code, request, desk):
            yield reply
        return
    by = request.by
    try:
        report = await desk.worker.do(lambda engine: engine.restore(plan, by=by, code=code, progress=LastStep()))
    except PlanOutdated as error:
        yield Reply(f"{code} is dead: {error.message}; nothing was changed. As it is now:")
        async for reply in propose(request, desk, lambda engine: engine.plan_again(plan, progress=LastStep())):
            yield reply
        return
    for note in report.notes:
        yield Reply(f"note: {note}")
    steps = " · ".join(f"{text} {seconds:.1f}s" for text, seconds in report.steps)
    yield Reply(
        f"{steps} · DONE in {report.seconds:.1f}s: {report.outcome} · !undo {report.id} until {report.undo_until:%d %b}"
    )


COMMAND = Command(
    words=("confirm",),
    role=Role.RESTORE,
    usage="CODE",
    summary="carry out a plan",
    example="!confirm 7Q2F",
    run=run,
    settles=True,
)
