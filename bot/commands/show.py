"""!show: all of a plan that waits."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.operations.prune_all import PrunePlan

_MOST = 40  # lines; the command line shows any number


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """In private, one thought a line: a plan may be long."""
    if len(request.args) != 1:
        yield Reply(f"usage: {COMMAND.name} {COMMAND.usage}")
        return
    waiting = desk.agreements.look(request.args[0])
    proposal = waiting.plan
    yield Reply(f"PLAN {waiting.code} {proposal.headline}", private=True)
    lines = proposal.details() if isinstance(proposal, PrunePlan) else proposal.plan.details()
    for line in lines[:_MOST]:
        yield Reply(line, private=True)
    yield Reply(waiting.how, private=True)
    if len(lines) > _MOST:
        verb = "retention --all" if isinstance(proposal, PrunePlan) else "restore … --dry-run"
        yield Reply(f"… and {len(lines) - _MOST} more: `backupserv {verb}` shows them all", private=True)


COMMAND = Command(
    words=("show",), role=Role.VIEW, usage="CODE", summary="all of a plan, in private", example="!show 7Q2F", run=run
)
