"""A whole recovery in chat: shown in at most four lines, agreed to by two, told step by step against the clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

from bot.chat.agreement import Asker
from bot.chat.command import Desk
from bot.chat.jobs import Job
from bot.chat.proposing import next_step, offer
from bot.chat.reply import Reply
from bot.chat.worker import Worker
from core.domain.errors import BackupServError
from core.operations.recovery.plan import RecoveryPlan
from core.operations.recovery.record import RecoveryRecord
from core.operations.recovery.terms import RecoveryWish
from core.ports import Progress
from core.registrations.words import clipped

_LINE = 440  # bytes: what fits into one IRC line with its sender
_PAUSE = 0.2  # seconds between two looks at how far it is
_MOST = 15  # lines about how far it is


async def propose_recovery(wish: RecoveryWish, asker: Asker, desk: Desk, progress: Progress) -> AsyncIterator[Reply]:
    """What, from when, what is stopped, and the code; or why it cannot be done."""
    plan = await desk.worker.do(lambda engine: engine.plan_recovery(wish, progress=progress))
    if plan.blocked:
        yield Reply(f"CANNOT {plan.headline}")
        yield Reply(f"! {plan.blocked}; `only` names what shall come back without it")
        return
    waiting = await offer(plan, asker, desk)
    first, *others = plan.summary()
    yield Reply(f"PLAN {waiting.code} {plan.headline}", loud=True)
    yield Reply(first, loud=True)
    if others:
        yield Reply(clipped(" · ".join(others), _LINE), loud=True)
    yield Reply(f"! {plan.restart}. {next_step(waiting)}", loud=True)


async def carry_out_recovery(plan: RecoveryPlan, code: str, by: str, desk: Desk, progress: Job) -> None:
    """To its end, also where the bot loses IRC by it: so it is told to everybody, and not as an answer to somebody."""
    worker = desk.worker
    work = worker.do(lambda engine: engine.recover(plan, by=by, code=code, unattended=True, progress=progress))
    try:
        record = await _watched(work, progress, worker)
    except BackupServError as error:
        worker.tell(f"recovery {code}: {error}")
    else:
        for line in told(record):
            worker.tell(line)


async def _watched(work: Awaitable[RecoveryRecord], progress: Job, worker: Worker) -> RecoveryRecord:
    """A line for each step, and never more than a few."""
    pending, number, said = asyncio.ensure_future(work), "", 0
    while not (await asyncio.wait({pending}, timeout=_PAUSE))[0]:
        text = progress.text
        step, _, rest = text.partition(" · ")
        if rest and step != number and said < _MOST:
            number, said = step, said + 1
            worker.mention(text)
    return await pending


def told(record: RecoveryRecord) -> tuple[str, ...]:
    """What came of it: the steps, the total against the objective, what is not as it should be, and the way back."""
    steps = " · ".join(f"{step.name} {step.seconds:.1f}s" for step in record.steps)
    word = "DONE, BUT LOOK" if record.faults else "DONE"
    lines = [f"recovery {record.id}: {steps} · {word}: {record.measured}"]
    lines += [f"! {fault}" for fault in record.faults]
    if record.restores:
        lines.append(f"to go back, the last first: {' · '.join(f'!undo {one}' for one in reversed(record.restores))}")
    return tuple(lines)
