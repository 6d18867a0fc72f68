"""The same figures in a file, for node_exporter's textfile collector; its reader sees the old one or the new one."""

import asyncio
from pathlib import Path

from bot.metrics.latest import LatestFigures
from core.disk import write_whole

_READABLE = 0o644  # by another user's collector; there is nothing in it that is not for everybody


class TextFile:
    """A part of the bot."""

    def __init__(self, path: Path, figures: LatestFigures, *, every_seconds: float) -> None:
        self._path = path
        self._figures = figures
        self._every = every_seconds

    async def run(self) -> None:
        """Until cancelled. Where nothing can be gathered the file stays: its age tells.

        Raises:
            StorageFull, StorageUnavailable: it cannot be written.
        """
        while True:
            if (text := await self._figures.text()) is not None:
                await asyncio.to_thread(write_text, self._path, text)
            await asyncio.sleep(self._every)


def write_text(path: Path, text: bytes) -> None:
    """Whole or not at all. The temporary name beside it does not end in .prom, so nobody collects it.

    Raises:
        StorageFull, StorageUnavailable: it cannot be written; the old one stays.
    """
    write_whole(path, [text], mode=_READABLE)
