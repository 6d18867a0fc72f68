"""A plan is shown, and waits under a code: at most four lines, whatever comes back."""

from collections.abc import AsyncIterator, Callable

from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from bot.chat.wishing import read_wishes
from bot.chat.worker import LastStep
from core.operations.engine import Engine
from core.operations.proposal import Proposal
from core.registrations.wish import Kind


async def propose_restore(request: Request, desk: Desk, kind: Kind, command: Command) -> AsyncIterator[Reply]:
    """The plan for what the words ask for."""
    wanted = read_wishes(request.args, kind)
    if wanted is None:
        yield Reply(f"usage: {command.name} {command.usage}. For example: {command.example}")
        return

    def make(engine: Engine) -> Proposal:
        return engine.plan_restore(wanted.target, wanted.reference, wanted.wishes, progress=LastStep())

    async for reply in propose(request, desk, make):
        yield reply


async def propose(request: Request, desk: Desk, make: Callable[[Engine], Proposal]) -> AsyncIterator[Reply]:
    """What, from when, what is in the way, and the code; or why it cannot be done."""
    proposal = await desk.worker.do(make)
    lines = proposal.plan.summary()
    if proposal.blocked:
        yield Reply(f"CANNOT {proposal.headline}")
        yield Reply(f"! {proposal.blocked}")
        return
    waiting = desk.confirmations.offer(proposal, request.by)
    yield Reply(f"PLAN {waiting.code} {proposal.headline}")
    for line in lines[:-1] if len(lines) > 1 else lines:
        yield Reply(line)
    last = f"{lines[-1]} · " if len(lines) > 1 else ""
    yield Reply(f"{last}{proposal.restart}. !confirm {waiting.code} within 5m, !show {waiting.code} for all of it")
