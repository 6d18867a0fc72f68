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
