"""A pruning in chat: shown in at most four lines, agreed to by its code, and told."""

from collections.abc import AsyncIterator

from bot.chat.agreement import Asker, Waiting
from bot.chat.command import Desk
from bot.chat.proposing import next_step, offer
from bot.chat.reply import Reply
from core.domain.errors import PlanOutdated
from core.operations.prune_all import PrunePlan
from core.ports import Progress

_MOST = 2  # lines between the headline and the code
_FAILURES = 3


async def propose_prune(asker: Asker, desk: Desk) -> AsyncIterator[Reply]:
    """What goes and what stays, and the code; or that nothing goes."""
    plan = await desk.worker.do(lambda engine: engine.retention.plan())
    waiting = None if plan.empty else await offer(plan, asker, desk)
    loud = waiting is not None
    yield Reply(f"PLAN {waiting.code} {plan.headline}" if waiting else plan.headline, loud=loud)
    whole = f"!show {waiting.code}" if waiting else "!retention"
    for line in _few(plan.summary(), whole):
        yield Reply(line, loud=loud)
    if waiting:
        yield Reply(next_step(waiting), loud=loud)


def _few(lines: tuple[str, ...], whole: str) -> tuple[str, ...]:
    """While there is room for them; the code must be seen."""
    if len(lines) <= _MOST:
        return lines
    return (*lines[: _MOST - 1], f"… and {len(lines) - _MOST + 1} more lines: {whole}")


async def carry_out_prune(
    plan: PrunePlan, waiting: Waiting, by: str, desk: Desk, progress: Progress
) -> AsyncIterator[Reply]:
    """Remove what was shown; where something of it would stay by now, show what is so now."""
    try:
        pruned = await desk.worker.do(lambda engine: engine.retention.prune(plan, by=by, progress=progress))
    except PlanOutdated as error:
        yield Reply(f"{waiting.code} is dead: {error.message}; nothing was removed. As it is now:")
        async for reply in propose_prune(waiting.asker, desk):
            yield reply
        return
    yield Reply(f"DONE: {pruned}")
    failures = pruned.all_failures
    for failure in failures[:_FAILURES]:
        yield Reply(f"! {failure}")
    if len(failures) > _FAILURES:
        yield Reply(f"! and {len(failures) - _FAILURES} more; what could not be removed is tried again next time")
