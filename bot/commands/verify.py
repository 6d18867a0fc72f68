"""!verify: prove a snapshot."""

from collections.abc import AsyncIterator

from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from bot.chat.worker import LastStep

_VERDICTS = {"proven": "is good", "damaged": "is DAMAGED", "unchecked": "could not be checked"}


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The verdict, and what it rests on."""
    reference = " ".join(request.args) or "latest"
    report = await desk.worker.do(lambda engine: engine.verify(reference, progress=LastStep()))
    yield Reply(
        f"snapshot {report.snapshot.tail} {_VERDICTS[report.verdict]} "
        f"(level {report.level} of 3) · {report.detail} · {report.seconds:.1f}s"
    )


COMMAND = Command(
    words=("verify",),
    usage="[ID|WHEN|latest]",
    summary="read a snapshot back and prove it",
    example="!verify latest",
    run=run,
)
