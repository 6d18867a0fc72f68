"""!incident open: something is wrong; from now on nothing of what is known gets lost."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.operations.cases import told_of
from core.operations.engine import Engine


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Said before it begins, since saving everything takes a while; the copies follow."""
    title, by, progress = " ".join(request.args), request.by, request.progress
    yield Reply("incident: from now on nothing is removed; saving everything …")

    def begin(engine: Engine) -> tuple[str, ...]:
        cases = engine.cases
        case = cases.open(title, by=by, progress=progress) if title else cases.go_on(by=by, progress=progress)
        return told_of(case), *(f"! {trouble}" for trouble in case.troubles)

    for line in await desk.worker.do(begin):
        yield Reply(line)
    desk.bell.wake()
    yield Reply("what you see and do: !incident note TEXT · what to do: !runbook · when it is over: !incident close")
    for copy in await desk.worker.do(lambda engine: engine.sync(progress=progress)):
        yield Reply(f"! {copy}" if copy.trouble else str(copy))


COMMAND = Command(
    words=("incident", "open"),
    role=Role.ADMIN,
    usage="[TITLE]",
    summary="begin an incident: nothing is removed, everything is saved, what was before stays; alone: go on with one",
    example="!incident open somebody drops channels",
    run=run,
)
