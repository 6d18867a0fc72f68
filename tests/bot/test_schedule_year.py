"""A year of the default schedule in Berlin, in virtual time: clocks set twice, reboots, a week off, a wrong clock."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from bot.chat.worker import Worker
from core.domain.duty import DEFAULT_DUTIES, Duty
from core.domain.retention import Known, RetentionPolicy
from core.domain.snapshot import Snapshot
from core.domain.thinning import decide
from core.operations.duty_verbs import Done
from core.operations.engine import Engine
from tests.bot.schedule_world import World
from tests.core.domain.timeline import snapshot

T = TypeVar("T")
BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = 6
GUIDE = RetentionPolicy(daily=7, weekly=4, monthly=12)
JOBS = ("full", "incremental", "sync", "prune", "verify")


def berlin(month: int, day: int, hour: int = 0, minute: int = 0, *, fold: int = 0) -> datetime:
    """A time of 2026 as clocks in Berlin show it; in the month after December, of 2027."""
    year = 2026 + (month - 1) // 12
    return datetime(year, (month - 1) % 12 + 1, day, hour, minute, tzinfo=BERLIN, fold=fold).astimezone(UTC)


START, END = berlin(1, 1), berlin(13, 1)
REBOOTS = [(berlin(month, 20, 15), berlin(month, 20, 15, 2)) for month in range(1, 13)]
DOWN = sorted(
    [
        (berlin(2, 10, 1), berlin(2, 10, 3, 10)),  # over a night's backup
        (berlin(3, 29, 1, 50), berlin(3, 29, 3, 30)),  # over the hour that is not
        (berlin(5, 4, 12), berlin(5, 11, 12)),  # for a week
        (berlin(10, 25, 2, 10), berlin(10, 25, 2, 5, fold=1)),  # within the hour that is twice
        *REBOOTS,
    ]
)
AWAY = {date(2026, 5, day) for day in range(5, 11)}
BACK = date(2026, 5, 11)
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


class AtOnce(Worker):
    """Without threads: in virtual time nobody waits for anybody."""

    async def do(self, verb: Callable[[Engine], T]) -> T:
        return verb(self.engine)


class Year(World):
    """What its backups make is a list of snapshots, and its pruning is the real rule on them."""

    def __init__(self, folder: Path) -> None:
        duties = [duty for duty in DEFAULT_DUTIES if duty.name in JOBS]
        super().__init__(folder, START, *duties, zone="Europe/Berlin", nap=86400)
        self.worker = AtOnce(self.engine)
        self.kept: list[Snapshot] = []
        self.made = 0
        self.proven: dict[str, int] = {}  # without a proof nothing is ever pruned
        self.base = ""  # the last full one
        self.runs: list[tuple[str, datetime]] = []

    async def _carry_out(self, duty: Duty) -> Done:
        now = self.clock.now()
        self.runs.append((duty.name, now))
        await asyncio.sleep(90)
        if duty.verb == "backup":
            self.made += 1
            self.kept.append(snapshot(self.made, now, base="" if duty.full else self.base))
            self.base = self.kept[-1].id if duty.full else self.base
        if duty.verb == "prune":
            self.kept = list(decide(self.kept, GUIDE, now, Known(proven=self.proven)).kept)
        if duty.verb == "verify":
            self.proven[self.kept[-1].id] = 3
        return Done(good=True, detail="")

    async def pass_over(self) -> None:
        for begin, end in DOWN:
            if begin == berlin(7, 20, 15):
                await self._wrong_clock()
            async with self.bot():
                await self.until(begin)
            await self.until(end)
        async with self.bot():
            await self.until(END)

    async def _wrong_clock(self) -> None:
        """It is set forward by two hours at noon, and back again in the evening."""
        async with self.bot():
            await self.until(berlin(7, 1, 11, 50))
        self.nap = 60
        async with self.bot():
            await self.until(berlin(7, 1, 12))
            self.clock.shift = timedelta(hours=2)
            await self.pass_by(hours=6)
            self.clock.shift = timedelta()
            await self.until(berlin(7, 1, 23))
        self.nap = 86400

    async def until(self, moment: datetime) -> None:
        await asyncio.sleep((moment - self.clock.now()).total_seconds())

    def dates(self, job: str) -> Counter[date]:
        """How often it ran on each of Berlin's days."""
        return Counter(at.astimezone(BERLIN).date() for name, at in self.runs if name == job)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    memory = Path("/dev/shm")  # 20,000 notes are flushed to the medium, one by one
    place = Path(tempfile.mkdtemp(dir=memory)) if memory.is_dir() else tmp_path_factory.mktemp("year")
    world = Year(place)
    world.clock.live(world.pass_over())
    yield world
    world.close()
    shutil.rmtree(place)


def test_every_night_has_its_backup_once_and_on_sundays_it_is_full(year: Year) -> None:
    """Also in the night without a two o'clock and in the one with two; after a week away each job runs once."""
    full, incremental = year.dates("full"), year.dates("incremental")
    for day in DAYS:
        expected = (1, 0) if day.weekday() == SUNDAY else (0, 1)
        expected = (0, 0) if day in AWAY else (1, 1) if day == BACK else expected
        assert (full[day], incremental[day]) == expected, day


def test_what_is_daily_ran_every_day_once(year: Year) -> None:
    for job in ("prune", "verify"):
        found = year.dates(job)
        assert [day for day in DAYS if found[day] != 1 and day not in AWAY] == []
        assert not AWAY & set(found)


def test_what_is_hourly_ran_in_every_hour_that_the_bot_was_up_for(year: Year) -> None:
    """23 times in the night of spring, 25 times in that of autumn."""
    found = year.dates("sync")
    days = {day: found[day] for day in DAYS if found[day] != 24}
    assert days == {
        date(2026, 2, 10): 23,  # three were missed, and one run caught them up
        date(2026, 3, 29): 23,
        date(2026, 5, 4): 12,
        **dict.fromkeys(AWAY, 0),
        date(2026, 5, 11): 13,
        date(2026, 7, 1): 25,  # two of them by a clock that was two hours ahead
        date(2026, 10, 25): 25,
    }


def test_twelve_months_are_kept_and_four_weeks_and_seven_days(year: Year) -> None:
    days = [item.taken_at.date() for item in year.kept]
    assert {day.month for day in days} == set(range(1, 13))
    assert len([day for day in days if day >= date(2026, 12, 25)]) >= 7
    assert len({day.isocalendar().week for day in days if day >= date(2026, 11, 30)}) >= 4
    assert year.made == 365 - len(AWAY) + 1
    assert len(year.kept) < 35  # with the full ones that they rest on


def test_people_were_told_of_what_was_missed_and_of_nothing_else(year: Year) -> None:
    assert [line.split(", was")[0] for line in year.said()] == [
        "WARNING 2 jobs of the schedule were missed, and run now, once each",
        "INFO 2 jobs of the schedule were missed, and run now, once each",
        "WARNING 5 jobs of the schedule were missed, and run now, once each",
        "WARNING sync, due 2026-07-01 11:20Z and 1 times before",
        "INFO sync, due 2026-10-25 00:20Z",
    ]
