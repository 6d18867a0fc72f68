"""Many ask, one gathers, nobody waits for long; and a file is the old one or the new one."""

import asyncio
import stat
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from bot.http.metrics import metrics_page
from bot.http.page import Asked
from bot.metrics.latest import LatestFigures
from bot.metrics.own import Own
from bot.metrics.textfile import TextFile, write_text
from core.domain.errors import StorageUnavailable
from core.operations.figures import Figures, SourceFigures
from core.operations.gathering import Gathering

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Gauge:
    """Stands where a host is measured."""

    def __init__(self) -> None:
        self.times = 0
        self.breaks = False
        self.answers = threading.Event()
        self.answers.set()

    def figures(self, *, wait: float) -> Figures:
        self.times += 1
        self.answers.wait(wait + 10)
        if self.breaks:
            raise RuntimeError("nobody foresaw it")
        source = SourceFigures(name=f"source{self.times}")
        return Figures(at=NOW, readable=True, listed_at=NOW, sources=(source,))


@pytest.fixture
async def gauge() -> AsyncIterator[Gauge]:
    one = Gauge()
    yield one
    one.answers.set()


def _latest(gauge: Gauge, *, lasts: float = 60) -> LatestFigures:
    own = Own(started_at=NOW, on_irc=True, jobs=0, lag=0, tasks=1, ailing=0)
    return LatestFigures(cast("Gathering", gauge), lambda: own, lasts=lasts, patience=0.05)


async def test_those_who_ask_at_once_get_one_and_the_same(gauge: Gauge) -> None:
    latest = _latest(gauge)
    texts = {await asyncio.shield(task) for task in [asyncio.create_task(latest.text()) for _ in range(20)]}
    assert gauge.times == 1
    (text,) = texts
    assert text is not None
    assert b"backupserv_irc_connected 1.0" in text


async def test_what_is_old_is_told_while_the_new_takes_long(gauge: Gauge) -> None:
    latest = _latest(gauge, lasts=0)
    before = await latest.text()
    gauge.answers.clear()
    for _ in range(3):
        assert await latest.text() == before
    assert gauge.times == 2, "nobody begins another beside the one that takes long"
    gauge.answers.set()
    async with asyncio.timeout(10):
        while await latest.text() == before:
            pass


async def test_what_cannot_be_gathered_is_not_made_up(gauge: Gauge) -> None:
    page = metrics_page(_latest(gauge).text)
    assert not page.open
    gauge.breaks = True
    assert (await page.make(Asked(path="/metrics"))).status == 503
    gauge.breaks = False
    answer = await page.make(Asked(path="/metrics"))
    assert (answer.status, answer.kind) == (200, "text/plain; version=0.0.4; charset=utf-8")


async def test_the_file_is_written_again_and_again_for_everybody_to_read(gauge: Gauge, tmp_path: Path) -> None:
    path = tmp_path / "backupserv.prom"
    running = asyncio.create_task(TextFile(path, _latest(gauge, lasts=0), every_seconds=0.01).run())
    async with asyncio.timeout(10):
        while not (path.exists() and b"source3" in path.read_bytes()):  # noqa: ASYNC110 — another writes it
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [item.name for item in tmp_path.iterdir() if item.suffix == ".prom"] == ["backupserv.prom"]  # noqa: ASYNC240 — nobody else runs now


def test_a_file_that_cannot_be_written_is_an_error_and_not_silence(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        write_text(tmp_path / "nowhere" / "x.prom", b"")
