"""!drill: bring a snapshot back where it hurts nobody, boot services on it, and measure how long it takes."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """What came of it. The program that is booted is the one that the configuration names: never a word of chat."""
    source, storage = _wanted(request.args)
    yield Reply("drill running …")
    by = request.by
    report = await desk.worker.do(
        lambda engine: engine.drill(source, storage=storage, by=by, progress=request.progress)
    )
    yield Reply(str(report))
    for title, rows in (("not saved back", report.lost), ("saved and not given", report.added)):
        if rows:
            yield Reply(f"! {title}: {', '.join(rows)}")


def _wanted(args: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Which source, and out of which storage."""
    words = list(args)
    storage = None
    if "from" in [word.lower() for word in words]:
        place = [word.lower() for word in words].index("from")
        if len(words) != place + 2:
            raise Misused("after from comes the name of one storage")
        words, storage = words[:place], words[place + 1]
    if len(words) > 1:
        raise Misused("one source, or all")
    return (words[0] if words else None), storage


COMMAND = Command(
    words=("drill",),
    role=Role.BACKUP,
    usage="[SOURCE|all] [from STORAGE]",
    summary="try a recovery where it hurts nobody, and time it",
    example="!drill",
    run=run,
)
