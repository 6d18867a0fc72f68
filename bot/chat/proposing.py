"""A plan is shown, and waits under a code: at most four lines, whatever comes back."""

from collections.abc import AsyncIterator, Callable

from bot.chat.agreement import WITHIN, Asker, Waiting
from bot.chat.authority import Actor
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from bot.chat.second import POWER
from bot.chat.thing_wishing import read_thing_wish
from bot.chat.wishing import read_wishes
from core.domain.thing import Thing
from core.operations.engine import Engine
from core.operations.proposal import Proposal
from core.operations.prune_all import PrunePlan
from core.operations.recovery.plan import RecoveryPlan
from core.ports import Progress
from core.registrations.wish import Kind
from core.registrations.words import clipped

_LINE = 440  # bytes: what fits into one IRC line with its sender


async def propose_restore(request: Request, desk: Desk, kind: Kind, command: Command) -> AsyncIterator[Reply]:
    """The plan for what the words ask for."""
    wanted = read_wishes(request.args, kind, command)

    def make(engine: Engine) -> Proposal:
        return engine.plan_restore(wanted.target, wanted.reference, wanted.wishes, progress=request.progress)

    async for reply in propose(request.asker, desk, make):
        yield reply


async def propose_thing(request: Request, desk: Desk, thing: Thing, command: Command) -> AsyncIterator[Reply]:
    """The same for what comes back as a whole."""
    wish, reference = read_thing_wish(request.args, thing, command)

    def make(engine: Engine) -> Proposal:
        return engine.plan_thing(wish, reference, progress=request.progress)

    async for reply in propose(request.asker, desk, make):
        yield reply


async def propose_again(asker: Asker, plan: Proposal, desk: Desk, progress: Progress) -> AsyncIterator[Reply]:
    """The same wish of the same person, on what is there now."""
    async for reply in propose(asker, desk, lambda engine: engine.plan_again(plan, progress=progress)):
        yield reply


async def propose(asker: Asker, desk: Desk, make: Callable[[Engine], Proposal]) -> AsyncIterator[Reply]:
    """What, from when, what is in the way, and the code; or why it cannot be done."""
    proposal = await desk.worker.do(make)
    if proposal.blocked:
        yield Reply(f"CANNOT {proposal.headline}")
        yield Reply(f"! {proposal.blocked}")
        return
    waiting = await offer(proposal, asker, desk)
    lines = proposal.plan.summary()
    loud = bool(waiting.second)
    yield Reply(f"PLAN {waiting.code} {proposal.headline}", loud=loud)
    for line in lines[:-1] if len(lines) > 1 else lines:
        yield Reply(line, loud=loud)
    last = lines[-1] if len(lines) > 1 else ""
    ending = f"{proposal.restart}. {next_step(waiting, said=last)}"
    room = _LINE - len(ending.encode())
    yield Reply(f"{clipped(last, room)} · {ending}" if last else ending, loud=loud)


async def offer(plan: Proposal | PrunePlan | RecoveryPlan, asker: Asker, desk: Desk) -> Waiting:
    """The plan waits, and the audit trail has it."""
    waiting = desk.agreements.offer(plan, asker)
    await write_down(desk, "plan offered", waiting, asker.actor)
    return waiting


async def write_down(desk: Desk, event: str, waiting: Waiting, actor: Actor, *, reason: str = "") -> None:
    """One line of the audit trail about a plan."""
    plan = waiting.plan
    await desk.worker.write_down(
        event,
        code=waiting.code,
        plan=plan.headline,
        digest=plan.digest,
        asked_by=waiting.by,
        by=actor.name,
        proof=actor.proof,
        reason=reason or None,
        until=waiting.until.isoformat(timespec="seconds") if event == "plan offered" else None,
    )


def next_step(waiting: Waiting, *, said: str = "") -> str:
    """What is to be typed, by whom and until when; the reason for a second person, where the line does not say it."""
    code = waiting.code
    if not waiting.second:
        return f"!confirm {code} within {WITHIN}, !show {code} for all of it"
    why = ", ".join(reason for reason in waiting.second if not (reason == POWER and POWER in said))
    needs = f"Needs a second oper: {why}." if why else "Needs a second oper."
    return f"{needs} !approve {code} within {WITHIN}, !show {code} for all of it"
