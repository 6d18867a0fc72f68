"""!incident report: what happened, in order, with what was measured."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.public import public
from core.domain.review import Review
from core.registrations.words import clipped

_BYTES = 400
_MOST = 200  # events; the command line has all of them


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """The headlines where it was asked for; names and what they did in private."""
    if len(request.args) > 1:
        raise Misused
    case_id = request.args[0] if request.args else ""
    review: Review = await desk.worker.do(lambda engine: engine.cases.report(case_id))
    for line in review.headlines:
        yield Reply(line)
    yield Reply(f"as a page for the review: `backupserv incident report {review.case.id} --to FILE`")
    for line in _lines(review):
        yield Reply(clipped(public(line), _BYTES), private=True)


def _lines(review: Review) -> list[str]:
    counted = [line for counts in review.counts for line in counts.lines()]
    left_out = len(review.events) - _MOST
    more = [f"… {left_out:,} events before these: the command line has them"] if left_out > 0 else []
    events = [event.line for event in review.events[-_MOST:]]
    lacking = [f"not known: {text}" for text in review.lacking]
    return [*(item.line for item in review.returns), *counted, *review.runs, *lacking, *more, *events]


COMMAND = Command(
    words=("incident", "report"),
    role=Role.ADMIN,
    usage="[ID]",
    summary="what happened in an incident, from two days before it on; the newest, if none is named",
    example="!incident report",
    run=run,
)
