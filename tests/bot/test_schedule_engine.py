"""Nine days of the default schedule with the real engine on real files, over the night without a two o'clock."""

import asyncio
import contextlib
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.jobs import Jobs
from bot.chat.worker import Worker
from bot.config import load
from bot.duties import Duties
from bot.schedule import Schedule
from bot.wiring import build_engine
from bot.wiring_schedule import build_timetable
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.virtual_time import VirtualClock

START = datetime(2026, 3, 23, 12, tzinfo=UTC)  # a Monday
DAYS = 9
TABLES = """\
[storage.copy]
kind = "local"
path = "{folder}/copy"
[retention]
within = "0m"
hourly = 0
daily = 3
weekly = 0
monthly = 0
[schedule]
zone = "Europe/Berlin"
"""


def test_what_is_scheduled_is_saved_copied_proven_and_pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, host = VirtualClock(START), Host(tmp_path)
    monkeypatch.setattr("bot.wiring.SystemClock", lambda: clock)
    config = tmp_path / "bot.toml"
    config.write_text(config.read_text() + TABLES.format(folder=tmp_path))
    settings = load(config)
    engine = build_engine(settings)
    worker = Worker(engine)
    clock.loop.is_busy = lambda: bool(worker._running)
    timetable = build_timetable(settings, engine)
    schedule = Schedule(timetable, worker, Duties(worker, Jobs(clock.monotonic)).carry_out, nap=7200)
    saved = (VECTORS / "before.db").read_bytes()

    async def story() -> None:
        task = asyncio.create_task(schedule.run())
        for day in range(DAYS):
            host.database.write_bytes(saved.replace(b"alice@", b"a%d@" % day))
            os.utime(host.database, (clock.now().timestamp(),) * 2)
            await asyncio.sleep(86400)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    clock.live(story())
    worker._threads.shutdown()
    assert all(row.good for row in timetable.rows() if row.begun_at is not None), list(map(str, timetable.rows()))
    counted = Counter(run.verb for run in engine.runs.all() if run.good)
    assert (counted["backup"], counted["verify"], counted["sync"]) == (DAYS, DAYS, 24 * DAYS)
    backups = [f"{run.at:%d %H}" for run in engine.runs.all() if run.verb == "backup"]
    assert backups[5:8] == ["29 01", "30 00", "31 00"]  # Berlin had no two o'clock on that Sunday: it was three
    kept = [f"{item.taken_at:%d %H}" for item in engine.snapshots()]
    assert kept[-3:] == ["30 00", "31 00", "01 00"]
    assert len(kept) < DAYS
