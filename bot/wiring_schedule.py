"""The schedule: settings become a timetable, and whoever wakes up for it."""

from typing import TYPE_CHECKING

from bot.chat.command import Desk
from bot.config import BotSettings
from bot.dead_man import DeadMan
from bot.duties import Duties
from bot.schedule import Schedule
from bot.timetable import Timetable
from core.operations.duty_verbs import known_verbs
from core.operations.engine import Engine
from core.operations.figures import JobFigures

if TYPE_CHECKING:
    from bot.notify.ping import Ping
    from bot.notify_settings import PingSettings


def build_timetable(settings: BotSettings, engine: Engine) -> Timetable:
    """Of the jobs that this version can do."""
    duties = [duty for duty in settings.schedule.duties() if duty.verb in known_verbs()]
    return Timetable(duties, settings.schedule.zone, engine)


def job_figures(timetable: Timetable, engine: Engine) -> tuple[JobFigures, ...]:
    """What is measured of them. Raises StorageUnavailable: what ran is not known."""
    occasions, pauses, now = engine.occasions.all(), engine.occasions.pauses(), engine.clock.now()
    found = []
    for job in timetable.jobs:
        known, pause = job.standing(occasions.get(job.name), now), pauses.get(job.name)
        next_at = job.begins_at(known)
        if next_at is not None and pause is not None:
            next_at = max(next_at, pause.until)
        failing, begun_at = known.good is False, known.begun_at
        found.append(
            JobFigures(name=job.name, begun_at=begun_at, next_at=next_at, failing=failing, paused=pause is not None)
        )
    return tuple(found)


def build_schedule(settings: BotSettings, desk: Desk) -> Schedule:
    """With the dead man's switches that its runs are told to."""
    worker = desk.worker
    own = {name: _ping(job.ping) for name, job in settings.schedule.jobs.items() if job.ping is not None}
    return Schedule(
        build_timetable(settings, worker.engine),
        worker,
        Duties(worker, desk.jobs).carry_out,
        dead_man=DeadMan(_ping(settings.ping) if settings.ping is not None else None, own),
    )


def _ping(settings: "PingSettings") -> "Ping":
    from bot.notify.ping import Ping  # noqa: PLC0415 — the library behind it is large

    return Ping(settings)
