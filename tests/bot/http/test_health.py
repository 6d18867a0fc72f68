"""Health says what is so: a loop that goes round, threads that are free, and what stands in the way."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot import pulse
from bot.http import health
from bot.http.health import Vitals, health_pages
from bot.http.page import Answer, Asked
from bot.pulse import Pulse


def _pages(
    *,
    lag: float = 0,
    work: Callable[[], Awaitable[object]] | None = None,
    hindrances: Sequence[str] = (),
) -> dict[str, Callable[[Asked], Awaitable[Answer]]]:
    async def nothing() -> None:
        return

    async def found() -> Sequence[str]:
        return hindrances

    pages = health_pages(Vitals(lag=lambda: lag, work=work or nothing, hindrances=found))
    assert all(page.open for page in pages)
    return {page.path: page.make for page in pages}


async def _told(make: Callable[[Asked], Awaitable[Answer]]) -> tuple[int, str]:
    answer = await make(Asked(path=""))
    return answer.status, answer.body.decode()


async def test_all_is_well() -> None:
    pages = _pages()
    assert await _told(pages["/healthz"]) == (200, "ok\n")
    assert await _told(pages["/readyz"]) == (200, "ok\n")


async def test_what_stands_in_the_way_is_told_in_words_and_is_no_reason_to_start_the_bot_anew() -> None:
    pages = _pages(hindrances=["it is not in the opers' channel"])
    assert await _told(pages["/readyz"]) == (503, "it is not in the opers' channel\n")
    assert await _told(pages["/healthz"]) == (200, "ok\n")


async def test_threads_that_take_up_nothing_are_told_and_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_WORK_SECONDS", 0.01)
    asked, free = 0, asyncio.Event()

    async def work() -> None:
        nonlocal asked
        asked += 1
        await free.wait()

    make = _pages(work=work)["/healthz"]
    for _ in range(3):
        assert await _told(make) == (503, "all threads are at work, and none takes up anything new\n")
    assert asked == 1
    free.set()
    assert await _told(make) == (200, "ok\n")


async def test_a_loop_that_was_held_up_is_told() -> None:
    assert await _told(_pages(lag=12.3)["/healthz"]) == (503, "the event loop was held up for 12 s\n")


async def test_the_pulse_feels_a_loop_that_was_held_up_and_forgets_it_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "_TICK", 0.01)
    monkeypatch.setattr(pulse, "_REMEMBERED", 0.5)
    felt = Pulse()
    running = asyncio.create_task(felt.run())
    await asyncio.sleep(0.02)
    assert felt.lag < 0.2
    time.sleep(0.3)  # noqa: ASYNC251 — that is what is felt
    async with asyncio.timeout(5):
        while felt.lag < 0.2:  # noqa: ASYNC110 — the pulse sets no event
            await asyncio.sleep(0.01)
        while felt.lag >= 0.2:  # noqa: ASYNC110 — same
            await asyncio.sleep(0.01)
    running.cancel()
