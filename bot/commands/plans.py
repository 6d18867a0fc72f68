"""!plans: what waits for an agreement."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply

_LINES = 3  # in the channel; the others by notice


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line each: whose it is, what it does, and what is to be typed."""
    del request
    waiting = desk.agreements.all()
    if not waiting:
        yield Reply("no plan is waiting")
    for index, plan in enumerate(waiting):
        headline = plan.plan.headline
        yield Reply(f"{plan.code} until {plan.until:%H:%M:%SZ} · {headline} · {plan.how}", private=index >= _LINES)
    if len(waiting) > _LINES:
        yield Reply(f"… and {len(waiting) - _LINES} more, told to you alone")


COMMAND = Command(
    words=("plans",),
    role=Role.VIEW,
    usage="",
    summary="the plans that wait for an agreement",
    example="!plans",
    run=run,
)
