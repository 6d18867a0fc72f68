"""!verify: prove a snapshot."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from bot.chat.worker import LastStep

_VERDICTS = {"proven": "is good", "damaged": "is DAMAGED", "unchecked": "could not be checked"}


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The verdict, and what it rests on; of all, only those that are not good, and a sum."""
    reference = " ".join(request.args) or "latest"
    if reference == "all":
        reports = await desk.worker.do(lambda engine: list(engine.verify_all(progress=LastStep())))
        bad = [report for report in reports if report.verdict != "proven"]
        problems = await desk.worker.do(lambda engine: engine.repository.examine())
        yield Reply(f"{len(reports) - len(bad)} of {len(reports)} snapshots open to what was saved")
        for problem in problems:
            yield Reply(f"! {problem}")
    else:
        bad = [await desk.worker.do(lambda engine: engine.verify(reference, progress=LastStep()))]
    for report in bad:
        yield Reply(
            f"snapshot {report.snapshot.tail} {_VERDICTS[report.verdict]} "
            f"(level {report.level} of 3) · {report.detail} · {report.seconds:.1f}s"
        )


COMMAND = Command(
    words=("verify",),
    role=Role.BACKUP,
    usage="[ID|WHEN|latest|all]",
    summary="read snapshots back and prove them",
    example="!verify latest",
    run=run,
)
