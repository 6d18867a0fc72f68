"""The head of the audit trail is posted once a day, at 00:05 UTC or as soon as somebody can hear it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.chat.worker import Worker
from bot.daily import DailyHead
from core.domain.audit import Wanted
from core.journal.file import FileJournal
from core.operations.engine import Engine
from tests.fakes import FakeClock


class Day:
    """A trail, a clock, and what was said."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "audit.jsonl"
        self.clock = FakeClock(time=datetime(2026, 11, 23, 15, tzinfo=UTC))
        self.journal = FileJournal(self.path, clock=self.clock)
        self.said: list[str] = []
        self.heard = True
        self.naps: list[float] = []
        self.head = self.started()

    def started(self) -> DailyHead:
        engine = cast("Engine", SimpleNamespace(journal=self.journal, clock=self.clock))
        return DailyHead(
            Worker(engine, tell=self.said.append), say=self.said.append, is_heard=lambda: self.heard, sleep=self._sleep
        )

    async def _sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.advance(seconds)
        if self.clock.now() > datetime(2026, 11, 26, tzinfo=UTC):
            raise asyncio.CancelledError


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)


async def test_three_days_are_three_heads_at_five_past_midnight(day: Day) -> None:
    """And one at the very first start; each is good for a check later on."""
    day.journal.record("bot started")
    with pytest.raises(asyncio.CancelledError):
        await day.head.run()
    posted = [entry for entry in day.journal.entries(Wanted()) if entry.event == "head posted"]
    assert [entry.at[:16] for entry in posted] == [
        "2026-11-23T15:00",
        "2026-11-24T00:05",
        "2026-11-25T00:05",
    ]
    assert [text.split()[2] for text in day.said] == [entry.fields["head"] for entry in posted]
    assert day.said[0].endswith("after 1 lines")
    assert all(day.journal.verify(text.split()[2]).ok for text in day.said)
    assert max(day.naps) <= 3600


async def test_a_restart_says_it_no_second_time(day: Day) -> None:
    await day.head.post_if_due()
    await day.head.post_if_due()
    await day.started().post_if_due()
    assert len(day.said) == 1
    day.clock.advance(24 * 3600)
    await day.started().post_if_due()
    assert len(day.said) == 2


async def test_while_nobody_hears_it_waits(day: Day) -> None:
    """Days of absence are one head, when the channel is joined."""
    day.heard = False
    await day.head.post_if_due()
    day.clock.time += timedelta(days=3)
    await day.head.post_if_due()
    assert day.said == []
    day.heard = True
    await asyncio.gather(day.head.post_if_due(), day.head.post_if_due())
    assert len(day.said) == 1


async def test_a_trail_that_cannot_be_read_is_told_once_a_day(day: Day) -> None:
    day.path.mkdir()
    await day.head.post_if_due()
    await day.head.post_if_due()
    assert len(day.said) == 1
    assert "cannot be read" in day.said[0]
