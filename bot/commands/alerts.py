"""!alerts: what is wrong now, who knows of it, and what has not arrived yet."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.moment import ago, show
from core.operations.engine import Engine


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line for each incident, mute, and place that is behind."""
    del request
    for line in await desk.worker.do(_lines):
        yield Reply(line)


def _lines(engine: Engine) -> list[str]:
    if not engine.teller.targets:
        return ["nobody is told of anything here: there is no [irc] and no [notify.NAME]"]
    notices, now = engine.teller.notices, engine.clock.now()
    lines = []
    for item in notices.incidents():
        known = f" · {item.acked_by} knows" if item.is_acked(now) else ""
        times = f", {item.count:,} times" if item.count > 1 else ""
        quiet = " · seems to be over" if item.well_since is not None else ""
        what = f"{item.trouble.gravity.upper()} {item.cause}: {item.trouble.title}"
        lines.append(f"{what} (for {ago((now - item.opened_at).total_seconds())}{times}){known}{quiet}")
    lines += [f"muted by {mute.by} until {show(mute.until)}: {mute.what}" for mute in notices.mutes()]
    for place in notices.outbox.backlog():
        if place.disabled:
            lines.append(f"{place.target} is told nothing any more: {place.disabled}; !test alerts tries it again")
        elif place.waiting and place.why:
            lines.append(f"{place.waiting} notices wait for {place.target}: {place.why}")
    return lines or ["nothing is wrong that anybody should be told of"]


COMMAND = Command(
    words=("alerts",),
    role=Role.VIEW,
    usage="",
    summary="what is wrong now, who knows of it, and which places have not been told yet",
    example="!alerts",
    run=run,
)
