"""!show: all of a plan that waits, or what is known of a snapshot."""

from collections.abc import AsyncIterator, Iterator

from bot.chat.agreement import NotAgreed, Waiting
from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.counted import tally
from core.domain.errors import SnapshotNotFound
from core.domain.moment import ago, show
from core.domain.size import show_size
from core.operations.engine import Engine
from core.operations.proposal import Proposal


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A plan in private, one thought a line, since it may be long; a snapshot in four lines."""
    if not request.args:
        raise Misused
    reference = " ".join(request.args)
    try:
        waiting = desk.agreements.look(reference)
    except NotAgreed as none:
        try:
            lines = await desk.worker.do(lambda engine: list(_snapshot(engine, reference)))
        except SnapshotNotFound as error:
            raise SnapshotNotFound(f"{none.message}; and {error.message}", hint=error.hint) from None
        for line in lines:
            yield Reply(line)
        return
    for line in _plan(waiting):
        yield Reply(line, private=True)


def _plan(waiting: Waiting) -> Iterator[str]:
    proposal = waiting.plan
    yield f"PLAN {waiting.code} {proposal.headline}"
    yield from proposal.plan.details() if isinstance(proposal, Proposal) else proposal.details()
    yield waiting.how


def _snapshot(engine: Engine, reference: str) -> Iterator[str]:
    snapshot = engine.snapshot(reference)
    age = ago((engine.clock.now() - snapshot.taken_at).total_seconds())
    taken = f"taken {show(snapshot.taken_at)} ({age} ago)"
    yield f"snapshot {snapshot.id} of {snapshot.source}, {taken} · {snapshot.reason}"
    base = f"rests on {snapshot.base.rpartition('-')[2]}" if snapshot.base else "rests on no other"
    yield (
        f"{tally(snapshot.counts)} · saved {show(snapshot.saved_at)} · {show_size(snapshot.size)}, "
        f"{show_size(snapshot.stored_size)} sealed · {base}"
    )
    if snapshot.held:
        yield f"HELD, and never the latest: {snapshot.held} · !release {snapshot.tail} if so much was meant to go"
    proof = engine.ledger.standing(snapshot.id)
    proven = f"{proof.verdict} to level {proof.level}, {show(proof.at)}" if proof else "not verified yet"
    pins = [pin for pin in engine.retention.held().pins if pin.snapshot_id == snapshot.id]
    held = "".join(f" · pinned by {pin.by}: {pin.reason}" for pin in pins)
    yield f"{proven}{held} · !diff {snapshot.tail} tells what changed since, !verify {snapshot.tail} proves it"


COMMAND = Command(
    words=("show",),
    role=Role.VIEW,
    usage="CODE|ID|WHEN",
    summary="all of a plan, in private; or what is known of a snapshot",
    example="!show 7Q2F",
    run=run,
)
