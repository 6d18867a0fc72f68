"""!runbook: what to do, step by step, with this network's own names in it."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.runbooks import RUNBOOKS, runbook

_FIRST = (
    "Breathe. Do NOT start services while their database is missing, empty or damaged: they would save an empty "
    "network over what comes back. Do NOT restart services that cannot save: their memory is the newest copy."
)
_LAST = "IRC and this bot need not live for any of it: `backupserv runbook NAME` on the host, and docs/restore.md."


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """In private: who needs it has no time for what others say meanwhile."""
    if len(request.args) > 1:
        raise Misused
    if not request.args:
        yield Reply(_FIRST, private=True)
        for book in RUNBOOKS:
            yield Reply(f"!runbook {book.name}: {book.title}", private=True)
        yield Reply(_LAST, private=True)
        return
    wanted = runbook(request.args[0])
    if wanted is None:
        raise Misused(f"there are: {', '.join(book.name for book in RUNBOOKS)}")
    if desk.facts is None:
        raise Misused("nothing is known of this network here")
    for line in wanted.in_chat(desk.facts):
        yield Reply(line, private=True)


COMMAND = Command(
    words=("runbook",),
    role=Role.VIEW,
    usage="[NAME]",
    summary="what to do on the worst night, step by step, with this network's own names; alone: all of them",
    example="!runbook services-db-lost",
    run=run,
)
