"""!audit verify: nobody has changed the audit trail, or the first line that is not as it was written."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply

_SHORTEST = 16  # digits: with fewer, another line could be found that begins so


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Every line is looked at. What is good is for who asked, what is not is for everybody."""
    head = request.args[0].rstrip("….").lower() if request.args else ""
    if len(request.args) > 1 or (head and (len(head) < _SHORTEST or not set(head) <= set("0123456789abcdef"))):
        yield Reply(f"usage: {COMMAND.name} {COMMAND.usage}. HEAD is {_SHORTEST} or more digits of one that was posted")
        return
    verdict = await desk.worker.do(lambda engine: engine.journal.verify(head))
    if verdict.fault is not None:
        yield Reply(f"THE AUDIT TRAIL IS BROKEN: {verdict.fault}", loud=True)
        return
    yield Reply(f"audit: every line is as it was written · {verdict.head}", private=True)
    for remark in verdict.remarks[-2:]:
        yield Reply(f"audit: {remark}", private=True)


COMMAND = Command(
    words=("audit", "verify"),
    role=Role.ADMIN,
    usage="[HEAD]",
    summary="prove that no line of the audit trail was changed, moved, added or removed",
    example="!audit verify",
    run=run,
)
