"""!audit: what was asked, decided and done lately, and by whom."""

from collections import deque
from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.audit import Entry, Wanted
from core.operations.engine import Engine
from core.registrations.words import clipped

_LINES = 5
_MOST = 20
_BYTES = 400


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The newest, in private, the newest last."""
    word = request.args[0] if request.args else str(_LINES)
    if len(request.args) > 1 or (word.isdigit() and not 1 <= int(word[:5]) <= _MOST):
        yield Reply(f"usage: {COMMAND.name} {COMMAND.usage}. For example: {COMMAND.example}. N is at most {_MOST}")
        return
    wanted, number = (Wanted(), int(word)) if word.isdigit() else (Wanted(by=word), _LINES)

    def newest(engine: Engine) -> list[Entry]:
        return list(deque(engine.journal.entries(wanted), maxlen=number))

    found = await desk.worker.do(newest)
    if not found:
        yield Reply("the audit trail has nothing of that name", private=True)
    for entry in found:
        yield Reply(clipped(f"{entry.seq or '-'} {entry.line}", _BYTES), private=True)


COMMAND = Command(
    words=("audit",),
    role=Role.ADMIN,
    usage="[N|NICK]",
    summary="the newest lines of the audit trail, or those of somebody, in private",
    example="!audit 10",
    run=run,
)
