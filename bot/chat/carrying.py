"""A plan that was agreed to is carried out, and told: to everybody, where it needed a second person."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.chat.agreement import Agreements, NotAgreed, Waiting
from bot.chat.authority import Actor
from bot.chat.command import Desk, Request
from bot.chat.proposing import propose_again, write_down
from bot.chat.pruning import carry_out_prune
from bot.chat.recovering import carry_out_recovery
from bot.chat.reply import Reply
from core.domain.errors import PlanOutdated
from core.operations.proposal import Proposal
from core.operations.prune_all import PrunePlan
from core.operations.recovery.plan import RecoveryPlan
from core.ports import Progress


async def take_over(agreements: Agreements, waiting: Waiting, actor: Actor) -> None:
    """The plan is this person's to carry out, if who asked for it is still there and still may.

    Raises:
        NotAgreed: they are not, and it goes on waiting; or somebody else was quicker.
    """
    if not actor.is_certainly(waiting.asker.actor):
        still = await waiting.asker.still()
        if still is None or not still.is_certainly(waiting.asker.actor):
            raise NotAgreed(
                f"nobody vouches now for {waiting.by}, who asked for plan {waiting.code}: it is not carried out",
                hint="try again, or ask for it yourself and let somebody else approve",
            )
    agreements.take(waiting)


async def carry_out(
    waiting: Waiting, request: Request, desk: Desk, *, how: str, reason: str = ""
) -> AsyncIterator[Reply]:
    """Says that it runs, then each step with its seconds, or what was put back. The plan was taken before."""
    by = waiting.by if how == "confirmed" else f"{waiting.by}, {how} by {request.by}"
    await write_down(desk, f"plan {how}", waiting, request.actor, reason=reason)
    yield Reply(f"{waiting.code} running …", loud=bool(waiting.second))
    progress = request.progress
    if isinstance(waiting.plan, Proposal):
        told = _restored(waiting, waiting.plan, by, desk, progress)
    elif isinstance(waiting.plan, RecoveryPlan):
        await carry_out_recovery(waiting.plan, waiting.code, by, desk, progress)
        return
    else:
        told = _pruned(waiting, by, desk, progress)
    async for reply in told:
        yield replace(reply, loud=reply.loud or bool(waiting.second))


async def _restored(waiting: Waiting, plan: Proposal, by: str, desk: Desk, progress: Progress) -> AsyncIterator[Reply]:
    code = waiting.code
    try:
        report = await desk.worker.do(lambda engine: engine.restore(plan, by=by, code=code, progress=progress))
    except PlanOutdated as error:
        yield Reply(f"{code} is dead: {error.message}; nothing was changed. As it is now:")
        async for reply in propose_again(waiting.asker, plan, desk, progress):
            yield reply
        return
    steps = " · ".join(f"{text} {seconds:.1f}s" for text, seconds in report.steps)
    yield Reply(
        f"{steps} · DONE in {report.seconds:.1f}s: {report.outcome} · !undo {report.id} until {report.undo_until:%d %b}"
    )
    for note in report.notes:
        yield Reply(f"note: {note}")


async def _pruned(waiting: Waiting, by: str, desk: Desk, progress: Progress) -> AsyncIterator[Reply]:
    if isinstance(waiting.plan, PrunePlan):
        async for reply in carry_out_prune(waiting.plan, waiting, by, desk, progress):
            yield reply
