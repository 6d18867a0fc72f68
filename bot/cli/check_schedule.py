"""What `check` says of the schedule: what comes next, and which sources nothing of it saves."""

from bot.cli.outcome import Outcome
from bot.config import BotSettings
from bot.wiring_schedule import build_timetable
from core.domain.errors import BackupServError
from core.operations.engine import Engine


def check_schedule(settings: BotSettings, engine: Engine) -> Outcome:
    """One line."""
    timetable = build_timetable(settings, engine)
    try:
        rows, uncovered = timetable.rows(), timetable.uncovered()
    except BackupServError as error:
        return Outcome(what="schedule", verdict="look", detail=str(error))
    if not rows:
        return Outcome(what="schedule", verdict="look", detail="nothing is done by itself: [schedule] says so")
    if uncovered:
        return Outcome(what="schedule", verdict="look", detail=f"no job saves {', '.join(uncovered)}")
    coming = [(row.next_at, row.job) for row in rows if row.next_at is not None]
    following = f", the next is {min(coming)[1]}: {min(coming)[0]:%a %d %b %H:%M %Z}" if coming else ""
    switch = "" if settings.ping is not None else "; no dead man's switch ([ping]) hears of them"
    return Outcome(what="schedule", verdict="ok", detail=f"{len(rows)} jobs{following}{switch}")
