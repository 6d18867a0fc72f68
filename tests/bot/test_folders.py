"""What happens in a folder is told at once, and looked for in any case; also when the folder goes and comes back."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.folders import watch_folders


@asynccontextmanager
async def watched(folder: Path, look: Callable[[], None], every_seconds: float) -> AsyncIterator[None]:
    async def looked() -> None:
        look()

    task = asyncio.create_task(watch_folders([folder, folder], looked, every_seconds=every_seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Seen:
    """How often somebody looked, and a way to wait for the next time."""

    def __init__(self) -> None:
        self.times = 0
        self._more = asyncio.Event()

    def look(self) -> None:
        self.times += 1
        self._more.set()

    async def again(self, seconds: float = 10) -> None:
        before = self.times
        async with asyncio.timeout(seconds):
            while self.times == before:
                self._more.clear()
                await self._more.wait()


async def test_a_rename_is_told_long_before_anybody_would_look(tmp_path: Path) -> None:
    seen = Seen()
    async with watched(tmp_path, seen.look, every_seconds=60):
        await seen.again()
        for round_ in range(3):
            await _until_told(seen, tmp_path, round_)
    assert not [thread for thread in threading.enumerate() if "watchfiles" in thread.name]


async def _until_told(seen: Seen, folder: Path, round_: int) -> None:
    """The kernel is asked to watch a moment after the first look, so the first rename may come too early for it."""
    for attempt in range(20):
        (folder / "services.db.new").write_text(f"{round_} {attempt}")
        (folder / "services.db.new").rename(folder / "services.db")
        try:
            await seen.again(1)
        except TimeoutError:
            continue
        return
    pytest.fail("nobody was told of a rename")


async def test_who_is_told_nothing_looks_all_the_same(tmp_path: Path) -> None:
    """On a network file system the kernel is silent; a folder may be missing, or go."""
    seen = Seen()
    async with watched(tmp_path / "missing", seen.look, every_seconds=0.05):
        for _ in range(3):
            await seen.again()


async def test_a_folder_that_went_and_came_back_is_watched_again(tmp_path: Path) -> None:
    folder, seen = tmp_path / "data", Seen()
    folder.mkdir()
    async with watched(folder, seen.look, every_seconds=1):
        await _until_told(seen, folder, 0)
        folder.rename(tmp_path / "elsewhere")
        folder.mkdir()
        quick = 0
        async with asyncio.timeout(20):
            while quick < 3:
                await seen.again()
                (folder / "services.db").write_text(str(seen.times))
                before = asyncio.get_running_loop().time()
                await seen.again()
                quick += asyncio.get_running_loop().time() - before < 0.8


async def test_where_the_kernel_refuses_people_are_told_once_and_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the limit of watches is reached, for one."""

    def refuse(*_: object, **__: object) -> object:
        raise OSError(28, "OS file watch limit reached")

    monkeypatch.setattr("bot.folders.awatch", refuse)
    monkeypatch.setattr("bot.folders._AGAIN", 0.01)
    seen = Seen()
    with caplog.at_level(logging.WARNING):
        async with watched(tmp_path, seen.look, every_seconds=0.05):
            for _ in range(4):
                await seen.again()
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "[Errno 28] OS file watch limit reached"
    ]


async def test_who_is_stopped_in_the_moment_of_a_change_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever between the change and the look the word comes: it is not lost, or the bot would never end."""
    changed = asyncio.Event()

    async def changes(*_: object, **__: object) -> AsyncIterator[set[str]]:
        await changed.wait()
        yield {"services.db"}
        await asyncio.Event().wait()

    async def look() -> None:
        """Nothing is new."""

    monkeypatch.setattr("bot.folders.awatch", changes)
    for moment in range(8):
        changed.clear()
        task = asyncio.create_task(watch_folders([tmp_path], look, every_seconds=60))
        await asyncio.sleep(0.05)
        changed.set()
        for _ in range(moment):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        assert task.cancelled(), f"after {moment} turns of the loop"
