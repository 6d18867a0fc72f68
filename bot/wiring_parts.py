"""What runs beside the connection, as a table: the one place where a part is added."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.background import Part
from bot.chat.command import Desk
from bot.config import BotSettings
from bot.daily import DailyHead
from bot.pulse import Pulse
from bot.telling import Telling
from bot.watching import Watching
from bot.wiring_guards import build_guards
from bot.wiring_schedule import build_schedule


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
    pulse = Pulse()
    worker = around.desk.worker
    guards = around.settings.guards
    watching = Watching(worker, build_guards(around.settings, worker.engine), every_seconds=guards.every_seconds)
    return (
        Part(name="notices", run=around.telling.run),
        Part(name="audit head", run=around.daily.run),
        Part(name="guards", run=watching.run),
        Part(name="schedule", run=build_schedule(around.settings, around.desk).run),
        Part(name="pulse", run=pulse.run),
        *_page(around, pulse),
    )


def _page(around: Around, pulse: Pulse) -> tuple[Part, ...]:
    """Metrics and the status page, where somebody wants them."""
    if around.settings.http is None:
        return ()
    from bot.http.health import Vitals  # noqa: PLC0415 — the library behind it is large
    from bot.http.server import HttpServer  # noqa: PLC0415 — same
    from bot.wiring_http import build_pages  # noqa: PLC0415 — same

    vitals = Vitals(
        lag=lambda: pulse.lag,
        work=lambda: around.desk.worker.do(lambda engine: None),  # noqa: ARG005 — that it is done is all
        hindrances=partial(_hindrances, around),
    )
    server = HttpServer(around.settings.http, build_pages(around.settings, around.desk, vitals))
    return (Part(name="http", run=server.run),)


async def _hindrances(around: Around) -> list[str]:
    """Why the bot cannot do its work now."""
    found = [] if around.is_heard() else ["it is not in the opers' channel"]
    return [*found, *(f"a part of it died and is begun again: {name}" for name in around.ailing())]
