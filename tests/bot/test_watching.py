"""A guard that waits for a bucket keeps no other from looking."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.chat.worker import Worker
from bot.watching import Watching
from core.domain.notice import Target, Trouble
from core.guards.guard import Guard
from core.operations.teller import Teller
from tests.core.operations.world import make_world
from tests.fakes import FakeClock


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 — what makes it so is in another thread
        await asyncio.sleep(0.01)


async def test_one_that_waits_for_long_keeps_no_other_from_looking(tmp_path: Path, clock: FakeClock) -> None:
    world = make_world(tmp_path, clock)
    world.engine.teller = Teller(world.state, [Target(name="opers")], clock)
    looks, waits, answered = 0, threading.Event(), threading.Event()

    def quick() -> Iterator[Trouble]:
        nonlocal looks
        looks += 1
        yield Trouble(cause="disk/state", gravity="error", title="full")

    def slow() -> Iterator[Trouble]:
        waits.set()
        assert answered.wait(30)
        yield Trouble(cause="locks/far", gravity="warning", title="ends soon")

    guards = [Guard(name="locks", look=slow, every_seconds=60), Guard(name="disk", look=quick)]
    watching = asyncio.create_task(Watching(Worker(world.engine), guards, every_seconds=0.01).run())
    try:
        async with asyncio.timeout(30):
            await _until(lambda: looks >= 5 and waits.is_set())
            assert {item.cause for item in world.engine.teller.notices.incidents()} == {"disk/state"}
            answered.set()
            await _until(lambda: len(world.engine.teller.notices.incidents()) == 2)
    finally:
        answered.set()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_one_that_never_comes_back_is_told(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk on another host that hangs: whoever waits behind it looks at nothing, and nobody would hear of it."""
    monkeypatch.setattr("bot.watching._LONG", 0.1)
    world = make_world(tmp_path, clock)
    world.engine.teller = Teller(world.state, [Target(name="opers")], clock)
    answered = threading.Event()

    def hangs() -> Iterator[Trouble]:
        assert answered.wait(30)
        yield from ()

    def wrong() -> set[str]:
        return {item.cause for item in world.engine.teller.notices.incidents() if item.well_since is None}

    guards = [Guard(name="disk", look=hangs), Guard(name="saving", look=tuple)]
    watching = asyncio.create_task(Watching(Worker(world.engine), guards, every_seconds=0.01).run())
    try:
        async with asyncio.timeout(30):
            await _until(lambda: wrong() == {"blind/disk"})
            answered.set()
            await _until(lambda: not wrong())
    finally:
        answered.set()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
