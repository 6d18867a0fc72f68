"""!mute: say nothing of a cause, or of all but emergencies, for a time."""

from collections.abc import AsyncIterator
from datetime import timedelta

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.moment import show
from core.notices.notices import Mute
from core.operations.engine import Engine

_UNITS = {"m": 60, "h": 3600, "d": 86400}
_AT_MOST = 7 * 86400


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """It ends by itself."""
    words = [word for word in request.args if word.lower() != "for"]
    seconds = _seconds(words[1]) if len(words) == 2 else None  # noqa: PLR2004 — a cause and a time
    if seconds is None:
        raise Misused("for how long? 30m · 2h · 1d, a week at most")
    cause, by = words[0], request.by

    def mute(engine: Engine) -> Mute:
        made = engine.teller.notices.mute(cause, timedelta(seconds=seconds), by)
        engine.journal.record("muted", what=cause, until=made.until.isoformat(timespec="seconds"), by=by)
        return made

    made = await desk.worker.do(mute)
    rest = ", but emergencies" if made.what == "all" else ""
    yield Reply(f"nothing is said of {made.what}{rest} until {show(made.until)}; !unmute {made.what} ends it")


def _seconds(word: str) -> int | None:
    number, unit = word[:-1], word[-1:].lower()
    if not number.isdecimal() or len(number) > 4 or unit not in _UNITS:  # noqa: PLR2004 — digits
        return None
    seconds = int(number) * _UNITS[unit]
    return seconds if 0 < seconds <= _AT_MOST else None


COMMAND = Command(
    words=("mute",),
    role=Role.ADMIN,
    usage="CAUSE|all for TIME",
    summary="say nothing of a cause, or of all but emergencies, for a time",
    example="!mute copy/offsite for 2h",
    run=run,
)
