"""What runs beside the connection, as a table: the one place where a part is added."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.background import Part
from bot.chat.command import Desk
from bot.config import BotSettings
from bot.cycles import Tidying
from bot.daily import DailyHead
from bot.pulse import Pulse
from bot.telling import Telling
from bot.watching import Watching
from bot.wiring_guards import build_guards
from bot.wiring_schedule import build_schedule
from bot.wiring_watched import Watched, build_watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a part may use of the bot."""

    settings: BotSettings
    desk: Desk  # with the engine's worker, and the jobs
    telling: Telling
    announce: Callable[[str], None]  # to everybody in the channel; kept until we are there
    is_heard: Callable[[], bool]  # whether we are there
    daily: DailyHead
    ailing: Callable[[], tuple[str, ...]] = tuple  # parts that died, and are not called well again yet


def build_parts(around: Around) -> tuple[Part, ...]:
    """All of them, in the order in which they start."""
    worker = around.desk.worker
    guards = around.settings.guards
    watching = Watching(worker, build_guards(around.settings, worker.engine), every_seconds=guards.every_seconds)
    watched = Watched(
        settings=around.settings,
        desk=around.desk,
        is_heard=around.is_heard,
        ailing=around.ailing,
        looked_at=lambda: watching.looked_at,
        pulse=Pulse(),
    )
    return (
        Part(name="notices", run=around.telling.run),
        Part(name="audit head", run=around.daily.run),
        Part(name="guards", run=watching.run),
        *_saves(around),
        Part(name="schedule", run=build_schedule(around.settings, around.desk).run),
        *build_watched(watched),
        Part(name="tidying", run=Tidying(lambda: worker.is_idle).run),
    )


def _saves(around: Around) -> tuple[Part, ...]:
    """Every save is taken, unless somebody does not want that."""
    if not around.settings.saves.enabled:
        return ()
    from bot.saves import Saves  # noqa: PLC0415 — the library behind it is not small

    return (Part(name="saves", run=Saves(around.desk.worker, around.settings.saves).run),)
