"""!mute: say nothing of a cause, or of all but emergencies, for a time."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.lasting import EXAMPLES, read_lasting
from bot.chat.reply import Reply
from core.domain.moment import show
from core.notices.notices import Mute
from core.operations.engine import Engine


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """It ends by itself."""
    words = [word for word in request.args if word.lower() != "for"]
    lasting = read_lasting(words[1]) if len(words) == 2 else None  # noqa: PLR2004 — a cause and a time
    if lasting is None:
        raise Misused(f"for how long? {EXAMPLES}")
    cause, by = words[0], request.by

    def mute(engine: Engine) -> Mute:
        made = engine.teller.notices.mute(cause, lasting, by)
        engine.journal.record("muted", what=cause, until=made.until.isoformat(timespec="seconds"), by=by)
        return made

    made = await desk.worker.do(mute)
    rest = ", but emergencies" if made.what == "all" else ""
    yield Reply(f"nothing is said of {made.what}{rest} until {show(made.until)}; !unmute {made.what} ends it")


COMMAND = Command(
    words=("mute",),
    role=Role.ADMIN,
    usage="CAUSE|all for TIME",
    summary="say nothing of a cause, or of all but emergencies, for a time",
    example="!mute copy/offsite for 2h",
    run=run,
)
