"""!restore user: the plan for bringing one nick back. Nothing is changed before it is confirmed."""

from collections.abc import AsyncIterator

from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from bot.chat.worker import LastStep


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is in the way, and the code."""
    nick, reference = _read(request.args)
    if nick is None:
        yield Reply(f"usage: {COMMAND.name} {COMMAND.usage}. For example: {COMMAND.example}")
        return
    plan = await desk.worker.do(lambda engine: engine.plan_restore(nick, reference, progress=LastStep()))
    if plan.blocked:
        yield Reply(f"CANNOT {plan.headline}")
        yield Reply(f"! {plan.blocked}")
        return
    waiting = desk.confirmations.offer(plan, request.account)
    yield Reply(f"PLAN {waiting.code} {plan.headline}")
    lines = plan.plan.summary()
    for line in lines[:-1] if len(lines) > 1 else lines:
        yield Reply(line)
    last = f"{lines[-1]} · " if len(lines) > 1 else ""
    yield Reply(f"{last}{plan.restart}. !confirm {waiting.code} within 5m")


def _read(args: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Nick and, after `from`, a time or an id."""
    if not args:
        return None, None
    if len(args) == 1:
        return args[0], None
    if args[1].lower() != "from" or len(args) == 2:  # noqa: PLR2004 — nick, "from", and something
        return None, None
    return args[0], " ".join(args[2:])


COMMAND = Command(
    words=("restore", "user"),
    usage="NICK [from WHEN|ID]",
    summary="bring an account back; shows a plan first",
    example="!restore user alice from yesterday 21:00",
    run=run,
)
