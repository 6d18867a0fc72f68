"""!verify: prove a snapshot."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.verify import Level

_LEVELS: dict[str, Level] = {"1": 1, "2": 2, "3": 3}
_VERDICTS = {"proven": "is good", "damaged": "is DAMAGED", "unchecked": "could not be checked"}


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The verdict, and what it rests on; of all, only those that are not good, and a sum."""
    reference, level = _wanted(request.args)
    if reference.lower() == "all":
        reports = await desk.worker.do(
            lambda engine: list(engine.verify_all(level=level or 2, progress=request.progress))
        )
        bad = [report for report in reports if report.verdict != "proven"]
        problems = await desk.worker.do(lambda engine: engine.repository.examine())
        yield Reply(f"{len(reports) - len(bad)} of {len(reports)} snapshots open to what was saved")
        for problem in problems:
            yield Reply(f"! {problem}")
    else:
        bad = [
            await desk.worker.do(lambda engine: engine.verify(reference, level=level or 3, progress=request.progress))
        ]
    for report in bad:
        yield Reply(
            f"snapshot {report.snapshot.tail} {_VERDICTS[report.verdict]} "
            f"(level {report.level} of 3) · {report.detail} · {report.seconds:.1f}s"
        )


def _wanted(args: tuple[str, ...]) -> tuple[str, Level | None]:
    """Which, and how far."""
    words = [word.lower() for word in args]
    if "level" not in words:
        return " ".join(args) or "latest", None
    place = words.index("level")
    level = _LEVELS.get("".join(words[place + 1 :]))
    if level is None:
        raise Misused("level is 1 (the stored bytes), 2 (they open) or 3 (they mean what they should)")
    return " ".join(args[:place]) or "latest", level


COMMAND = Command(
    words=("verify",),
    role=Role.BACKUP,
    usage="[ID|WHEN|latest|all] [level 1|2|3]",
    summary="read snapshots back and prove them",
    example="!verify latest",
    run=run,
)
