"""The status page over real engines, without a browser: what it asks, keeps, and says when nothing is known."""

import asyncio
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bot.chat.worker import Worker
from bot.fresh import Fresh
from bot.http.drawing import style
from bot.http.page import Answer, Asked, Page
from bot.http.status_page import StatusPages
from core.domain.errors import StorageUnavailable
from core.domain.snapshot import Snapshot
from core.operations.engine import Engine
from tests.bot.http.shelves import engine_with, served, status_pages, with_incidents

MOST = 300_000  # bytes of a page


def _get(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """The answer, as soon as there is one: a page that asks for a moment is asked again, as a browser does."""
    return next(answer for answer in iter(lambda: _answer(address, **headers), None) if answer[0] != 503)


def _answer(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:  # noqa: S310 — our own server
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read()


@pytest.mark.parametrize("number", [0, 1, 5000])
def test_the_whole_page_and_each_source(number: int, tmp_path: Path) -> None:
    engine = with_incidents(engine_with(number, tmp_path / "world"), "<b>services</b> have not saved")
    with served(status_pages(engine)) as address:
        for path in ("/", "/sources/services"):
            status, headers, body = _get(f"{address}{path}")
            assert status == 200
            assert len(body) < MOST
            assert headers["Cache-Control"] == "no-store"
            assert "Refresh" not in headers
        whole = _get(f"{address}/?every=60")
        assert whole[1]["Refresh"] == "60"
        text = whole[2].decode()
        assert "&lt;b&gt;services&lt;/b&gt; have not saved" in text
        assert ("No snapshot yet" in text) == (number == 0)
        assert ("Damaged:" in text) == (number == 5000)
        assert _get(f"{address}/sources/nowhere")[0] == 404
        assert _get(f"{address}/sources/..%2f..%2fetc")[0] == 404


def test_the_stylesheet_is_sent_once(tmp_path: Path) -> None:
    digest = style()[1]
    with served(status_pages(engine_with(0, tmp_path / "world"))) as address:
        assert f"/style.css?v={digest}" in _get(address)[2].decode()
        _, headers, body = _get(f"{address}/style.css?v={digest}")
        assert (headers["Content-Type"], body) == ("text/css; charset=utf-8", style()[0])
        assert headers["Cache-Control"].startswith("max-age=")
        assert _get(f"{address}/style.css")[1]["Cache-Control"] == "no-cache"
        known = {"If-None-Match": headers["ETag"], "Accept-Encoding": "gzip, deflate, br"}  # as browsers ask
        status, _, body = _get(f"{address}/style.css", **known)
        assert (status, body) == (304, b"")


def _lost(engine: Engine) -> None:
    def snapshots() -> tuple[Snapshot, ...]:
        raise StorageUnavailable("disk cannot be listed: gone", hint="mount it")

    engine.snapshots = snapshots  # type: ignore[method-assign]  # the storage goes away under it


async def test_when_nothing_can_be_found_out_it_says_so(tmp_path: Path) -> None:
    """First with nothing known at all; then with what was known before, which is called old."""
    engine = engine_with(1, tmp_path / "world")
    pages = StatusPages(Worker(engine), "TestNet", "host1")
    whole = pages.pages()[0]
    known = (await _settled(whole)).body.decode()
    assert "1 snapshot" in known
    assert "> OK: nothing" in known
    assert "This is old" not in known
    _lost(engine)
    pages._fresh = Fresh(pages._look, lasts=0, patience=20)
    old = (await whole.make(Asked(path="/"))).body.decode()
    assert "This is old" in old
    assert "disk cannot be listed: gone" in old
    assert "1 snapshot" in old
    assert "> OK: nothing" not in old
    fresh = StatusPages(Worker(engine), "TestNet", "host1")
    nothing = (await _settled(fresh.pages()[0])).body.decode()
    assert "Nothing can be said" in nothing
    assert "> OK: nothing" not in nothing


async def test_a_storage_that_does_not_answer_makes_what_is_shown_old(tmp_path: Path) -> None:
    """Nobody takes an answer of this morning for one of now, because the one of now does not come."""
    engine, may_end, time = engine_with(1, tmp_path / "world"), threading.Event(), [0.0]
    pages = StatusPages(Worker(engine), "TestNet", "host1")
    whole, snapshots = pages.pages()[0], engine.snapshots
    pages._fresh = Fresh(pages._look, lasts=10, patience=20, monotonic=lambda: time[0])
    await _settled(whole)

    def hung() -> tuple[Snapshot, ...]:
        may_end.wait(60)
        return snapshots()

    engine.snapshots = hung  # type: ignore[method-assign]  # as a disk of the network does
    pages._fresh._patience = 0.01
    time[0] = 20.0
    assert "This is old" not in (await whole.make(Asked(path="/"))).body.decode()
    time[0] = 20.0 + 3600
    old = (await whole.make(Asked(path="/"))).body.decode()
    assert "This is old" in old
    assert "no answer for 1h" in old
    assert "> OK: nothing" not in old
    may_end.set()
    assert pages._fresh._looking is not None
    await pages._fresh._looking
    assert "This is old" not in (await whole.make(Asked(path="/"))).body.decode()


async def test_what_nobody_foresaw_makes_what_is_shown_old(tmp_path: Path) -> None:
    """Also where the reader does not wait for the look."""
    engine = engine_with(1, tmp_path / "world")
    pages = StatusPages(Worker(engine), "TestNet", "host1")
    whole = pages.pages()[0]
    await _settled(whole)

    def broken() -> tuple[Snapshot, ...]:
        raise RuntimeError("/private/path")

    engine.snapshots = broken  # type: ignore[method-assign]  # nobody foresaw it
    pages._fresh = Fresh(pages._look, lasts=0, patience=20)
    old = (await whole.make(Asked(path="/"))).body.decode()
    assert "This is old" in old
    assert "failed inside BackupServ (RuntimeError)" in old
    assert "private" not in old


async def _settled(page: Page) -> Answer:
    async with asyncio.timeout(20):
        while (answer := await page.make(Asked(path="/"))).status == 503:
            assert answer.refresh
    return answer


def test_the_engine_is_asked_in_a_thread_of_its_own(tmp_path: Path) -> None:
    """The loop answers PING meanwhile."""
    engine = engine_with(0, tmp_path / "world")
    threads, snapshots = [], engine.snapshots

    def noted() -> tuple[Snapshot, ...]:
        threads.append(threading.current_thread().name)
        return snapshots()

    engine.snapshots = noted  # type: ignore[method-assign]  # to see where it runs
    with served(status_pages(engine)) as address:
        assert _get(address)[0] == 200
    assert threads
    assert all(name.startswith("engine") for name in threads)
