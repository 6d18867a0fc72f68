"""!snapshots: what is there."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.errors import SnapshotNotFound
from core.domain.moment import ago, show
from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.operations.engine import Engine

_USUAL = 3  # in the channel, with a line for how many are older
_MOST = 300


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The newest few, of all sources or of one, and how many more."""
    source, number = _wanted(request.args)
    snapshots = await desk.worker.do(lambda engine: _of(engine, source))
    if not snapshots:
        yield Reply("there is no snapshot yet; !backup now makes one")
        return
    lines = await desk.worker.do(lambda engine: [_line(engine, item) for item in reversed(snapshots[-number:])])
    for line in lines:
        yield Reply(line)
    older = len(snapshots) - len(lines)
    if older:
        yield Reply(f"… and {older:,} older: !snapshots {source} 50".replace("  ", " "))


def _wanted(args: tuple[str, ...]) -> tuple[str, int]:
    """A source, or "" for all of them; how many."""
    rest = args[1:] if args and args[0].lower() == "source" else args
    numbers = [word for word in rest if word.isascii() and word.isdigit()]
    names = [word for word in rest if word not in numbers]
    if len(numbers) > 1 or len(names) > 1:
        raise Misused("one source and one number are understood")
    return (*names, "")[0], max(1, min(_MOST, int(numbers[0][:9]))) if numbers else _USUAL


def _of(engine: Engine, source: str) -> tuple[Snapshot, ...]:
    snapshots = engine.snapshots()
    known = sorted({snapshot.source for snapshot in snapshots})
    if source and source not in known:
        raise SnapshotNotFound("there are no snapshots of such a source", hint=f"there are: {', '.join(known)}")
    return tuple(snapshot for snapshot in snapshots if source in {"", snapshot.source})


def _line(engine: Engine, snapshot: Snapshot) -> str:
    proof = engine.ledger.standing(snapshot.id)
    proven = f"{proof.verdict} to level {proof.level}" if proof else "not verified yet"
    proven = f"HELD: {snapshot.held}" if snapshot.held else proven
    age = ago((engine.clock.now() - snapshot.taken_at).total_seconds())
    kind = "accounts" if snapshot.index is None else "files"
    return (
        f"{snapshot.tail} {snapshot.source} {show(snapshot.taken_at)} ({age} ago) · "
        f"{snapshot.counts.get(kind, 0):,} {kind} · {show_size(snapshot.size)} · {proven} · {snapshot.reason}"
    )


COMMAND = Command(
    words=("snapshots",),
    role=Role.VIEW,
    usage="[SOURCE] [N]",
    summary="the newest snapshots",
    example="!snapshots services 20",
    run=run,
)
