"""!runbook: what to do on the worst night, in some lines."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply

_LINES = (
    (
        "Breathe. Do NOT start services while their database is missing, empty or damaged: they would save an empty "
        "network over what comes back. Do NOT restart services that cannot save: their memory is the newest copy."
    ),
    (
        "Somebody or something was dropped: !find NICK|#CHAN tells where it is, !restore user NICK or !restore channel "
        "#CHAN shows the plan. Who did it: !blame. When it looks wrong afterwards: !undo CODE."
    ),
    (
        "A takeover, or something is deleted right now: !freeze REASON (nothing is removed from copies), !backup now, "
        "!diff yesterday, !who #CHAN yesterday."
    ),
    (
        "Services are down or their database is lost: on the host `backupserv status`, then docs/restore.md, first "
        "section. IRC and this bot need not live for it."
    ),
    "A snapshot is called damaged: !verify all, !sync; another storage holds the same. All else: docs/restore.md.",
)


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """In private: who needs it has no time for what others say meanwhile."""
    del request, desk
    for line in _LINES:
        yield Reply(line, private=True)


COMMAND = Command(
    words=("runbook",),
    role=Role.VIEW,
    usage="",
    summary="what to do on the worst night",
    example="!runbook",
    run=run,
)
