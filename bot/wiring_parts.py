"""What runs beside the connection, as a table: the one place where a part is added."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.background import Part
from bot.chat.command import Desk
from bot.config import BotSettings
from bot.daily import DailyHead
from bot.telling import Telling
from bot.watching import Watching
from bot.wiring_guards import build_guards


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a part may use of the bot."""

    settings: BotSettings
    desk: Desk  # with the engine's worker, and the jobs
    telling: Telling
    announce: Callable[[str], None]  # to everybody in the channel; kept until we are there
    is_heard: Callable[[], bool]  # whether we are there
    daily: DailyHead


def build_parts(around: Around) -> tuple[Part, ...]:
    """All of them, in the order in which they start."""
    worker = around.desk.worker
    guards = around.settings.guards
    watching = Watching(worker, build_guards(around.settings, worker.engine), every_seconds=guards.every_seconds)
    return (
        Part(name="notices", run=around.telling.run),
        Part(name="audit head", run=around.daily.run),
        Part(name="guards", run=watching.run),
        *_page(around),
    )


def _page(around: Around) -> tuple[Part, ...]:
    """Metrics and the status page, where somebody wants them."""
    if around.settings.http is None:
        return ()
    from bot.http.server import HttpServer  # noqa: PLC0415 — the library behind it is large
    from bot.wiring_http import build_pages  # noqa: PLC0415 — same

    server = HttpServer(around.settings.http, build_pages(around.settings, around.desk))
    return (Part(name="http", run=server.run),)
