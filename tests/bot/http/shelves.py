"""Real engines with as many snapshots as are wanted, and the status page over them, served in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.shelf import fill
from bot.chat.worker import Worker
from bot.http.page import Page
from bot.http.server import HttpServer
from bot.http.status_page import LASTS, StatusPages
from bot.http_settings import HttpSettings
from bot.timetable import Timetable
from core.domain.drill import DrillReport, Step
from core.domain.duty import Duty, When
from core.domain.notice import Target, Trouble
from core.operations.drill_reports import DrillReports
from core.operations.engine import Engine
from tests.core.operations.world import make_world
from tests.fakes import FakeClock


def engine_with(number: int, folder: Path) -> Engine:
    """Its snapshots are of three sources; one of them is damaged where there are many."""
    folder.mkdir()
    engine = make_world(folder, FakeClock()).engine
    if number:
        fill(engine, folder / "repository", number, damaged=int(number > 100))
    return engine


def with_incidents(engine: Engine, *titles: str) -> Engine:
    """The same, and something is wrong."""
    engine.teller.targets = (Target(name="nobody"),)
    for place, title in enumerate(titles):
        engine.teller.notices.trouble(Trouble(cause=f"test/{place}", gravity="error", title=title, suggestion="!save"))
    return engine


def with_drills(engine: Engine) -> Engine:
    """The same, and it was tried to bring everything back, once well and once not."""
    names = {"fetched": 0.4, "opened": 1.1, "placed": 0.2, "checked": 6.0, "booted": 2.5, "asked": 0.3, "compared": 3.9}
    steps = tuple(Step(name=name, seconds=seconds, told="12,418 accounts") for name, seconds in names.items())
    for source, verdict in (("services", "proven"), ("config", "damaged")):
        report = DrillReport(
            id=f"20261122T030000Z-{source}",
            source=source,
            snapshot="20261122T020000Z-q2fk3a",
            storage="disk",
            at=engine.clock.now() - timedelta(hours=30),
            seconds=sum(names.values()),
            steps=steps if verdict == "proven" else steps[:3],
            verdict=verdict,  # type: ignore[arg-type]  # it is one of them
            detail="12,418 accounts, 612 channels as saved" if verdict == "proven" else "a file is not what was saved",
            target=3600.0,
            program="atheme-services 7.2.12" if source == "services" else "",
        )
        DrillReports(engine.state_dir).keep(report)
    return engine


def timetable(engine: Engine) -> Timetable:
    """Some jobs, one of each kind."""
    duties = [
        Duty(name="full", verb="backup", when=When(cron="0 2 * * 0"), full=True),
        Duty(name="hourly", verb="backup", when=When(every=timedelta(hours=1)), sources=("services",)),
        Duty(name="sync", verb="sync", when=When(cron="20 * * * *")),
    ]
    return Timetable(duties, "Europe/Berlin", engine)


def status_pages(engine: Engine, *, has_door: bool = False, lasts: float = LASTS) -> tuple[Page, ...]:
    """As the bot serves them."""
    pages = StatusPages(Worker(engine), "TestNet", "host1", timetable=timetable(engine), has_door=has_door, lasts=lasts)
    return pages.pages()


def settings(**table: object) -> HttpSettings:
    """On a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return HttpSettings.model_validate({"listen": f"127.0.0.1:{port}"} | table)


@contextmanager
def served(pages: Sequence[Page], wanted: HttpSettings | None = None) -> Iterator[str]:
    """Their address, until the block ends."""
    wanted = wanted or settings()
    up, server = threading.Event(), HttpServer(wanted, pages)
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        task = asyncio.create_task(server.run())
        await server.up.wait()
        up.set()
        await over.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    over = asyncio.Event()
    running = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    running.start()
    try:
        assert up.wait(20), "the server is not up"
        yield f"{'https' if wanted.certificate else 'http'}://{wanted.listen}"
    finally:
        loop.call_soon_threadsafe(over.set)
        running.join(20)
        loop.close()
