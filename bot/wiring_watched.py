"""What others watch the bot by: the parts that gather figures, serve them, and write them down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.background import Part
from bot.chat.command import Desk
from bot.config import BotSettings
from bot.pulse import Pulse
from bot.wiring import build_engine
from bot.wiring_schedule import build_timetable, job_figures

if TYPE_CHECKING:
    from bot.metrics.latest import LatestFigures
    from bot.metrics.own import Own

_OLD = timedelta(minutes=5)  # figures that stand still for so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is asked of the bot."""

    settings: BotSettings
    desk: Desk
    is_heard: Callable[[], bool]  # whether it is in the opers' channel
    ailing: Callable[[], tuple[str, ...]]  # parts that died, and are not called well again yet
    looked_at: Callable[[], datetime | None]  # when the guards looked last
    pulse: Pulse


def build_watched(watched: Watched) -> tuple[Part, ...]:
    """Only what somebody wants: the libraries behind it are large."""
    settings, pulse = watched.settings, Part(name="pulse", run=watched.pulse.run)
    if settings.http is None and settings.metrics.textfile is None:
        return (pulse,)
    from bot.metrics.latest import LatestFigures  # noqa: PLC0415 — see above
    from core.operations.gathering import Gathering  # noqa: PLC0415 — same

    engine = build_engine(settings)
    gathering = Gathering(engine, partial(job_figures, build_timetable(settings, engine), engine))
    latest = LatestFigures(gathering, partial(_own, watched, watched.desk.worker.engine.clock.now()))
    return (pulse, *_file(watched, latest), *_page(watched, latest))


def _file(watched: Watched, latest: "LatestFigures") -> tuple[Part, ...]:
    metrics = watched.settings.metrics
    if metrics.textfile is None:
        return ()
    from bot.metrics.textfile import TextFile  # noqa: PLC0415 — see above

    return (Part(name="textfile", run=TextFile(metrics.textfile, latest, every_seconds=metrics.every_seconds).run),)


def _page(watched: Watched, latest: "LatestFigures") -> tuple[Part, ...]:
    if watched.settings.http is None:
        return ()
    from bot.http.health import Vitals  # noqa: PLC0415 — see above
    from bot.http.server import HttpServer  # noqa: PLC0415 — same
    from bot.wiring_http import build_pages  # noqa: PLC0415 — same

    vitals = Vitals(
        lag=lambda: watched.pulse.lag,
        work=lambda: watched.desk.worker.do(lambda engine: None),  # noqa: ARG005 — that it is done is all
        hindrances=partial(_hindrances, watched, latest),
    )
    server = HttpServer(watched.settings.http, build_pages(watched.settings, watched.desk, vitals, latest))
    return (Part(name="http", run=server.run),)


async def _hindrances(watched: Watched, latest: "LatestFigures") -> list[str]:
    """Why the bot cannot do its work now."""
    figures = await latest.figures()
    found = []
    if figures is None or watched.desk.worker.engine.clock.now() - figures.at > _OLD:
        found.append("what it knows of itself is old: whatever it asks does not answer")
    elif not figures.readable:
        found.append("the repository cannot be read")
    if not watched.is_heard():
        found.append("it is not in the opers' channel")
    return [*found, *(f"a part of it died and is begun again: {name}" for name in watched.ailing())]


def _own(watched: Watched, started_at: datetime) -> "Own":
    from bot.metrics.own import Own  # noqa: PLC0415 — see above

    return Own(
        started_at=started_at,
        on_irc=watched.is_heard(),
        jobs=len(watched.desk.jobs.running()),
        lag=watched.pulse.lag,
        tasks=len(asyncio.all_tasks()),
        ailing=len(watched.ailing()),
        guards_looked_at=watched.looked_at(),
    )
