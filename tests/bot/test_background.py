"""What runs beside the connection lives as long as the bot, whatever happens to it."""

import asyncio

import pytest

from bot import background
from bot.background import Background, Part


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_PAUSE", 0.001)
    monkeypatch.setattr(background, "_STEADY", 0.02)


async def test_a_part_that_dies_is_told_of_and_begun_again_and_called_well_when_it_holds() -> None:
    begun, told, well = 0, list[tuple[str, str]](), asyncio.Event()

    async def part() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise OSError("private")
        await asyncio.Event().wait()

    async def tell(name: str, why: str) -> None:
        told.append((name, why))
        if not why:
            well.set()

    running = Background([Part(name="x", run=part)], tell)
    running.start()
    async with asyncio.timeout(5):
        await well.wait()
    await running.stop()
    assert begun == 3
    assert told == [("x", "OSError"), ("x", "OSError"), ("x", "")]


async def test_a_part_that_cannot_be_told_of_is_begun_again_all_the_same() -> None:
    begun = asyncio.Event()
    died = False

    async def part() -> None:
        nonlocal died
        if not died:
            died = True
            raise OSError
        begun.set()

    async def tell(name: str, why: str) -> None:
        raise RuntimeError(name + why)

    running = Background([Part(name="x", run=part)], tell)
    running.start()
    async with asyncio.timeout(5):
        await begun.wait()
    await running.stop()
    assert len(asyncio.all_tasks()) == 1


async def test_a_part_that_is_cancelled_from_within_has_died() -> None:
    """A library may cancel what we wait for; only `stop` ends a part without a word."""
    told, begun = list[tuple[str, str]](), asyncio.Event()

    async def part() -> None:
        if not told:
            gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            gone.cancel()
            await gone
        begun.set()
        await asyncio.Event().wait()

    async def tell(name: str, why: str) -> None:
        told.append((name, why))

    running = Background([Part(name="x", run=part)], tell)
    running.start()
    async with asyncio.timeout(5):
        await begun.wait()
    assert (told, running.ailing) == ([("x", "CancelledError")], ("x",))
    await running.stop()
    assert told == [("x", "CancelledError")]


async def test_a_part_that_died_and_then_did_its_work_is_well() -> None:
    told = list[tuple[str, str]]()

    async def part() -> None:
        if not told:
            raise OSError

    async def tell(name: str, why: str) -> None:
        told.append((name, why))

    running = Background([Part(name="x", run=part)], tell)
    running.start()
    async with asyncio.timeout(5):
        while len(told) < 2:  # noqa: ASYNC110 — another task tells
            await asyncio.sleep(0.01)
    assert (told, running.ailing) == ([("x", "OSError"), ("x", "")], ())
    await running.stop()


async def test_a_part_that_fails_while_it_is_stopped_is_not_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    """Else the bot would wait for it for ever."""
    begun = 0

    async def part() -> None:
        nonlocal begun
        begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError

    async def tell(name: str, why: str) -> None:
        raise AssertionError(name + why)

    running = Background([Part(name="x", run=part)], tell)
    running.start()
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await running.stop()
    assert begun == 1
    assert "a part did not end well" in caplog.text
