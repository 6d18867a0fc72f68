"""Figures of now, gathered in a thread of their own: who asks often gets those of some seconds ago."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.fresh import Fresh
from bot.metrics.own import Own
from bot.metrics.text import render
from core.operations.figures import Figures
from core.operations.gathering import Gathering

log = logging.getLogger(__name__)

_LASTS = 5.0  # seconds
_PATIENCE = 5.0  # seconds for which somebody who asks is made to wait
_LISTING = 2.0  # of these, for a listing of the repository


class LatestFigures:
    """For any number of readers; at most one gathering at a time."""

    def __init__(
        self, gathering: Gathering, own: Callable[[], Own], *, lasts: float = _LASTS, patience: float = _PATIENCE
    ) -> None:
        self._gathering = gathering
        self._own = own
        self._thread = ThreadPoolExecutor(1, "metrics")
        self._known: Figures | None = None
        self._fresh = Fresh(self._gather, lasts=lasts, patience=patience)

    async def figures(self) -> Figures | None:
        """The newest that there are; None where nothing could be gathered yet."""
        return await self._fresh.get()

    async def text(self) -> bytes | None:
        """The same in Prometheus' format, with what the bot knows of itself."""
        figures = await self.figures()
        return render(figures, self._own()) if figures is not None else None

    async def _gather(self) -> Figures | None:
        loop = asyncio.get_running_loop()
        try:
            self._known = await loop.run_in_executor(self._thread, lambda: self._gathering.figures(wait=_LISTING))
        except Exception:
            log.exception("no figures could be gathered")
        return self._known
