"""The one door to watchfiles: says when something may have changed in a folder.

The kernel tells at once what happens on this host's own disks. It tells nothing of what another host does on a network
file system, nothing where its limit of watches is reached, and nothing of a folder that went and came back. So whoever
waits here looks for itself as well, every few seconds: being told only makes it quick.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from pathlib import Path

from watchfiles import awatch

log = logging.getLogger(__name__)
logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it has a line for every change

_STEP, _DEBOUNCE = 200, 600  # milliseconds: between two questions to the kernel's queue, and for what comes together
_AGAIN = 30.0  # seconds until a folder that could not be watched is tried again


async def watch_folders(folders: Iterable[Path], look: Callable[[], Awaitable[None]], *, every_seconds: float) -> None:
    """Look now, after anything in one of the folders changes, and every few seconds in any case; until cancelled."""
    stirred = asyncio.Event()
    tasks = [asyncio.create_task(_watch(folder, stirred, every_seconds)) for folder in dict.fromkeys(folders)]
    try:
        while True:
            stirred.clear()
            await look()
            # Not wait_for(): before Python 3.12 it swallows a cancellation that comes with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(every_seconds):
                    await stirred.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(folder: Path, stirred: asyncio.Event, every_seconds: float) -> None:
    """One folder, also when it is another one of the same name by now."""
    told = ""
    while True:
        try:
            await _watch_this(folder, stirred, every_seconds)
            told = ""
        except (OSError, RuntimeError) as error:
            if told != str(error):
                told = str(error)
                log.warning("%s cannot be watched, and is looked at every %g s: %s", folder, every_seconds, error)
            await asyncio.sleep(max(_AGAIN, every_seconds) if await asyncio.to_thread(folder.is_dir) else every_seconds)


async def _watch_this(folder: Path, stirred: asyncio.Event, every_seconds: float) -> None:
    """Until the folder is gone."""
    before = await asyncio.to_thread(_identity, folder)
    watched = awatch(
        folder,
        watch_filter=None,
        step=_STEP,
        debounce=_DEBOUNCE,
        rust_timeout=max(1, int(every_seconds * 1000)),
        yield_on_timeout=True,
        recursive=False,
    )
    async with aclosing(watched) as rounds:
        async for changes in rounds:
            if changes:
                stirred.set()
            if await asyncio.to_thread(_identity, folder) != before:
                stirred.set()
                return


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
