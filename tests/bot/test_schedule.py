"""The schedule at work: on time, late, missed, doubled, paused, cut short; in virtual time."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.duty import Duty, When
from core.domain.notice import Trouble
from tests.bot.schedule_world import DAILY, HOURLY, World

START = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
Live = Callable[[Callable[[World], Coroutine[Any, Any, None]]], World]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., World]]:
    worlds: list[World] = []

    def make(*duties: Duty, **wishes: Any) -> World:
        worlds.append(World(tmp_path, wishes.pop("start", START), *duties, **wishes))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


def test_jobs_run_when_they_are_due_and_nothing_is_owed_at_the_first_start(made: Callable[..., World]) -> None:
    world = made(DAILY, HOURLY)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(hours=3)

    world.clock.live(story())
    assert world.ran == ["nightly 23 02:00", "sync 23 02:20", "sync 23 03:20", "sync 23 04:20"]
    assert world.said() == []


def test_what_was_missed_while_the_bot_was_down_runs_once_and_is_told(made: Callable[..., World]) -> None:
    world = made(DAILY, HOURLY)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(minutes=10)
        await world.pass_by(days=3)
        async with world.bot():
            await world.pass_by(minutes=15)

    world.clock.live(story())
    assert world.ran == ["nightly 26 01:40", "sync 26 01:40"]
    (said,) = world.said()
    assert said == "WARNING 2 jobs of the schedule were missed, and run now, once each"
    (notice,) = world.engine.teller.notices.newest(9)
    assert notice.detail.splitlines() == [
        "nightly, due 2026-11-25 02:00Z and 2 times before, was missed while the bot was down; it runs now, once",
        "sync, due 2026-11-26 01:20Z and 71 times before, was missed while the bot was down; it runs now, once",
    ]


def test_a_restart_between_two_times_owes_nothing(made: Callable[..., World]) -> None:
    world = made(DAILY)

    async def story() -> None:
        for _ in range(5):
            async with world.bot():
                await world.pass_by(minutes=20)
            await world.pass_by(seconds=30)

    world.clock.live(story())
    assert world.ran == ["nightly 23 02:00"]
    assert world.said() == []


def test_a_machine_that_slept_over_a_time_runs_it_once_and_says_so(made: Callable[..., World]) -> None:
    """Whether it slept or its clock was set forward cannot be told apart, and need not be."""
    world = made(HOURLY)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(minutes=10)
            world.clock.shift += timedelta(hours=5)
            await world.pass_by(minutes=20)

    world.clock.live(story())
    assert world.ran == ["sync 23 06:40"]
    (said,) = world.said()
    assert said.startswith("WARNING sync, due 2026-11-23 06:20Z and 4 times before, was missed while this machine sl")


def test_a_clock_that_is_set_back_a_little_repeats_nothing(made: Callable[..., World]) -> None:
    world = made(DAILY, HOURLY)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(hours=1)  # 02:30: both have run
            world.clock.shift -= timedelta(minutes=45)
            await world.pass_by(hours=1)

    world.clock.live(story())
    assert world.ran == ["nightly 23 02:00", "sync 23 02:20"]
    assert world.clock.now() == datetime(2026, 11, 23, 2, 45, tzinfo=UTC)


def test_a_clock_that_was_years_ahead_leaves_no_job_waiting_for_years(made: Callable[..., World]) -> None:
    world = made(DAILY, HOURLY)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(minutes=1)
            world.clock.shift = timedelta(days=3650)
            await world.pass_by(minutes=15)
            world.clock.shift = timedelta()
            await world.pass_by(minutes=80)

    world.clock.live(story())
    assert world.ran[2:] == ["nightly 23 02:00", "sync 23 02:20"]
    assert len(world.ran) == 4  # what the years owed was one run each


def test_a_job_that_still_runs_is_not_begun_twice_and_what_it_ran_over_is_met_by_one_run(
    made: Callable[..., World],
) -> None:
    world = made(HOURLY)
    world.lasts = timedelta(minutes=150)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(hours=3.5)
            world.lasts = timedelta(minutes=5)
            await world.pass_by(hours=3)

    world.clock.live(story())
    assert world.ran == ["sync 23 02:20", "sync 23 04:50", "sync 23 07:20"]
    assert [line for line in world.said() if "takes longer" in line] == [
        "WARNING sync takes longer than the time between two of its runs"
    ]


def test_what_is_paused_is_caught_up_once_and_a_pause_outlives_a_restart(made: Callable[..., World]) -> None:
    world = made(DAILY, HOURLY)

    async def story() -> None:
        async with world.bot():
            until = world.timetable.pause("all", timedelta(hours=3), "alice")
            assert f"{until:%H:%M}" == "04:30"
            await world.pass_by(hours=1)
        async with world.bot():
            await world.pass_by(hours=1)
            assert world.timetable.resume("NIGHTLY", "alice")
            await world.pass_by(hours=1.5)

    world.clock.live(story())
    assert world.ran == ["nightly 23 03:30", "sync 23 04:30"]
    assert [line.split(", was")[0] for line in world.said()] == [
        "WARNING nightly, due 2026-11-23 02:00Z",
        "WARNING sync, due 2026-11-23 04:20Z and 2 times before",
    ]


def test_a_pause_ends_also_where_pauses_cannot_be_read_any_more(made: Callable[..., World]) -> None:
    world = made(HOURLY)

    async def story() -> None:
        async with world.bot():
            world.timetable.pause("sync", timedelta(hours=2), "alice")
            await world.pass_by(hours=1)
            (world.folder / "pauses.json").write_text("torn")
            await world.pass_by(hours=2)

    world.clock.live(story())
    assert world.ran == ["sync 23 03:30", "sync 23 04:20"]


def test_what_is_configured_no_more_is_trouble_no_more(made: Callable[..., World]) -> None:
    """A job that was taken out after it failed would be told again each day, for ever."""
    world = made(DAILY)
    there = ("schedule/nightly", "slow/nightly", "irc", "drill/all")
    gone = ("schedule/old", "slow/old")
    world.engine.teller.of_schedule(Trouble(cause=cause, gravity="error", title="!") for cause in (*there, *gone))

    async def story() -> None:
        async with world.bot():
            await world.pass_by(minutes=5)

    world.clock.live(story())
    incidents = world.engine.teller.notices.incidents()
    assert {item.cause for item in incidents if item.well_since is not None} == set(gone)


def test_a_run_that_a_kill_cut_short_is_done_again_once(made: Callable[..., World]) -> None:
    """Twice in a row it may be why we die: then it waits for its next time."""
    world = made(DAILY)
    world.lasts = timedelta(hours=1)

    async def story() -> None:
        for minutes in (40, 10, 10):
            async with world.bot():
                await world.pass_by(minutes=minutes)  # the run does not come to its end
        world.lasts = timedelta(minutes=1)
        async with world.bot():
            await world.pass_by(hours=24)

    world.clock.live(story())
    assert world.ran == ["nightly 23 02:00", "nightly 23 02:10", "nightly 24 02:00"]
    assert world.said() == ["INFO nightly, due 2026-11-23 02:00Z, was cut short; it runs now, once"]


def test_who_waited_when_the_part_died_is_begun_again_with_it(made: Callable[..., World]) -> None:
    """The bot lives on: its next start may be months away."""
    world = made(DAILY)
    world.lasts = timedelta(hours=1)

    async def story() -> None:
        async with world.bot() as schedule:
            await world.pass_by(minutes=40)
        world.lasts = timedelta(minutes=1)
        task = asyncio.create_task(schedule.run())
        await world.pass_by(hours=1)
        task.cancel()
        await asyncio.wait({task})

    world.clock.live(story())
    assert world.ran == ["nightly 23 02:00", "nightly 23 02:10"]


def test_another_calendar_owes_nothing(made: Callable[..., World]) -> None:
    world = made(DAILY)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(hours=5)
        world.duties = [Duty(name="nightly", verb="backup", when=When(every=timedelta(hours=4)))]
        async with world.bot():
            await world.pass_by(hours=2)

    world.clock.live(story())
    assert world.ran == ["nightly 23 02:00", "nightly 23 08:00"]


def test_a_note_that_cannot_be_read_is_told_and_stops_nothing(made: Callable[..., World]) -> None:
    world = made(DAILY)
    (world.folder / "schedule.json").write_text('{"nightly": {"met_until": "yest')

    async def story() -> None:
        async with world.bot():
            await world.pass_by(hours=1)

    world.clock.live(story())
    assert world.ran == ["nightly 23 02:00"]
    assert "what the schedule did last is not known after a restart" in world.said()[0]
    assert json.loads((world.folder / "schedule.json").read_text())["nightly"]["good"] is True


def test_a_full_disk_makes_no_job_run_again_and_again(made: Callable[..., World]) -> None:
    """Neither what ran nor the audit trail can be written; and the part dies, and is begun again in this process."""
    world = made(DAILY)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(minutes=10)
        for name in ("schedule.json", "audit.jsonl"):
            (world.folder / name).unlink(missing_ok=True)
            (world.folder / name).mkdir()
        async with world.bot() as schedule:
            await world.pass_by(minutes=5)
            world.clock.shift = timedelta(hours=3)  # late, which is to be written down
            await world.pass_by(hours=24)
        task = asyncio.create_task(schedule.run())
        await world.pass_by(hours=1)
        task.cancel()
        await asyncio.wait({task})

    world.clock.live(story())
    assert world.ran == ["nightly 23 04:50", "nightly 24 02:00"]
    assert any("was missed while this machine slept" in line for line in world.said())


def test_jitter_is_later_by_no_more_than_it_says_and_the_same_after_a_restart(made: Callable[..., World]) -> None:
    jittery = Duty(name="sync", verb="sync", when=When(cron="0 * * * *"), jitter=timedelta(minutes=30))
    world = made(jittery, nap=30)

    async def story() -> None:
        async with world.bot():
            await world.pass_by(hours=10)

    world.clock.live(story())
    minutes = [int(line[-2:]) for line in world.ran]
    assert len(minutes) == 10
    assert all(minute <= 30 for minute in minutes)
    assert len(set(minutes)) > 3
    (job,) = world.timetable.jobs
    known = job.standing(None, START)
    assert job.begins_at(known) == job.begins_at(known)


def test_a_job_that_fails_says_so_in_its_row_and_goes_on(made: Callable[..., World]) -> None:
    world = made(HOURLY)
    world.good, world.detail = False, "/srv/atheme/services.db does not exist"

    async def story() -> None:
        async with world.bot():
            await world.pass_by(hours=2)

    world.clock.live(story())
    assert world.ran == ["sync 23 02:20", "sync 23 03:20"]
    (row,) = world.timetable.rows()
    assert str(row) == (
        "sync (sync): last Mon 23 Nov 03:20 UTC FAILED: …/services.db does not exist · next Mon 23 Nov 04:20 UTC"
    )
