"""A job of the schedule at work, with the real engine: what it does, whom it waits for, who is told of a failure."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.jobs import Jobs
from bot.chat.worker import Worker
from bot.config import load
from bot.duties import Duties
from bot.wiring import build_engine
from core.domain.duty import Duty, Verb, When
from core.operations.duty_verbs import Done, carry_out
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.core.operations.test_standby import without_people
from tests.fakes import RecordingProgress
from tests.virtual_time import VirtualClock


class Shop(Host):
    """A host with the real engine, a place to tell, and jobs that are done at once."""

    def __init__(self, folder: Path, *, more: str = "") -> None:
        super().__init__(folder)
        url = folder / "pager.url"
        url.write_text("http://127.0.0.1:9/")
        url.chmod(0o600)
        config = folder / "bot.toml"
        config.write_text(
            f'{config.read_text()}{more}[notify.pager]\nkind = "webhook"\nurl = {{ file = "{url}" }}\nleast = "info"\n'
        )
        self.engine = build_engine(load(config))
        self.worker = Worker(self.engine)
        self.jobs = Jobs(time.monotonic)
        self.duties = Duties(self.worker, self.jobs)

    async def do(self, verb: Verb, *, full: bool = False) -> Done:
        return await self.duties.carry_out(Duty(name=f"the-{verb}", verb=verb, when=When(cron="@daily"), full=full))

    def wrong(self) -> list[str]:
        """The causes of what is wrong now, unless it seems to be over."""
        return [item.cause for item in self.engine.teller.notices.incidents() if item.well_since is None]

    def close(self) -> None:
        self.engine.teller.notices.close()
        self.worker._threads.shutdown()


async def soon(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not seen():  # noqa: ASYNC110 — what is seen is the work of others, who set no event
            await asyncio.sleep(0)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


async def test_each_verb_is_that_of_the_engine_and_says_what_came_of_it(shop: Shop) -> None:
    assert await shop.do("backup") == Done(good=True, detail="1 source saved, 1 of them changed")
    assert await shop.do("backup") == Done(good=True, detail="1 source saved, 0 of them changed")
    assert await shop.do("backup", full=True) == Done(good=True, detail="1 source saved, 1 of them changed")
    assert await shop.do("verify") == Done(good=True, detail="2 of 2 snapshots proven")
    assert await shop.do("sync") == Done(good=True, detail="there is no copy")
    assert (await shop.do("prune")).good
    assert [(run.verb, run.good) for run in shop.engine.runs.all()][:2] == [("backup", True), ("backup", True)]
    assert shop.engine.runs.last("verify", "") is not None
    assert {snapshot.reason for snapshot in shop.engine.snapshots()} == {"scheduled"}
    assert shop.wrong() == []


async def test_what_the_verb_has_told_is_not_told_twice(shop: Shop) -> None:
    shop.database.unlink()
    done = await shop.do("backup")
    assert not done.good
    assert shop.wrong() == ["backup/services"]
    shutil.copy(VECTORS / "before.db", shop.database)
    assert (await shop.do("backup")).good
    assert shop.wrong() == []
    shop.database.write_bytes(without_people())
    done = await shop.do("backup")
    assert not done.good
    assert "is held: it has 0 accounts" in done.detail
    assert shop.wrong() == ["held/services"]


async def test_what_no_verb_tells_the_schedule_tells_until_it_goes_well(shop: Shop) -> None:
    await shop.do("backup")
    unreadable = shop.folder / "state" / "pins.jsonl"
    unreadable.mkdir()
    done = await shop.do("prune")
    assert not done.good
    assert shop.wrong() == ["schedule/the-prune"]
    (incident,) = shop.engine.teller.notices.incidents()
    assert incident.trouble.title.startswith("the job the-prune of the schedule failed: ")
    assert incident.trouble.suggestion == "!prune"
    unreadable.rmdir()
    assert (await shop.do("prune")).good
    assert shop.wrong() == []


async def test_a_damaged_snapshot_is_told_by_whatever_finds_it(shop: Shop) -> None:
    await shop.do("backup")
    (stored,) = (shop.folder / "repository").rglob("*.age")
    stored.write_bytes(stored.read_bytes()[:-1])
    done = await shop.do("verify")
    assert not done.good
    assert "damaged" in done.detail
    (cause,) = shop.wrong()
    assert cause.startswith("proof/disk/")


def test_who_only_seals_proves_the_stored_bytes_and_is_no_worse_for_it(tmp_path: Path) -> None:
    host = Shop(tmp_path)
    config = tmp_path / "bot.toml"
    config.write_text(config.read_text().replace(f', identity = "{host.key}"', ""))
    engine = build_engine(load(config))
    engine.back_up(reason="a test", progress=RecordingProgress())
    done = carry_out(engine, Duty(name="v", verb="verify", when=When(cron="@daily")), RecordingProgress())
    assert done == Done(good=True, detail="1 of 1 snapshot proven")
    engine.teller.notices.close()
    host.close()


def test_another_run_is_waited_for_and_not_for_ever(tmp_path: Path) -> None:
    """In virtual time: somebody holds the lock for ten minutes, and then for two hours."""
    shop, clock = Shop(tmp_path), VirtualClock(datetime(2026, 11, 23, tzinfo=UTC))
    clock.loop.is_busy = lambda: bool(shop.worker._running)
    verdicts: list[tuple[bool, float]] = []

    async def story() -> None:
        for held in (timedelta(minutes=10), timedelta(hours=2)):
            began = clock.monotonic()
            with shop.engine.changing("a long restore"):
                work = asyncio.create_task(shop.do("backup"))
                await asyncio.sleep(60)
                assert "waits: " in shop.jobs.running()[0].text
                await asyncio.wait({work}, timeout=held.total_seconds() - 60)
            verdicts.append(((await work).good, clock.monotonic() - began))

    clock.live(story())
    (first, took), (second, gave_up) = verdicts
    assert first
    assert 600 <= took <= 620
    assert not second
    assert 3600 <= gave_up <= 3620
    assert shop.wrong() == ["schedule/the-backup"]
    shop.close()


def test_who_waits_may_be_called_off_and_that_is_no_trouble(tmp_path: Path) -> None:
    shop, clock = Shop(tmp_path), VirtualClock(datetime(2026, 11, 23, tzinfo=UTC))
    clock.loop.is_busy = lambda: bool(shop.worker._running)
    found: list[Done] = []

    async def story() -> None:
        with shop.engine.changing("a long restore"):
            work = asyncio.create_task(shop.do("backup"))
            await asyncio.sleep(60)
            (job,) = shop.jobs.running()
            assert (job.name, job.by) == ("the-backup", "the schedule")
            job.called_off_by = "alice"
            found.append(await work)

    clock.live(story())
    assert found[0].detail.startswith("stopped by alice")
    assert shop.wrong() == []
    shop.close()


async def test_who_is_stopped_before_the_turn_came_has_not_begun(shop: Shop) -> None:
    with shop.engine.changing("a long restore"):
        work = asyncio.create_task(shop.do("backup"))
        await soon(lambda: any("waits" in job.text for job in shop.jobs.running()))
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    assert work.cancelled()
    assert shop.engine.snapshots() == ()


async def test_who_is_stopped_while_it_knocks_does_not_wait_on(shop: Shop) -> None:
    """A bot that is told to stop would wait for that run, and be killed by whoever waits for its end."""
    with shop.engine.changing("a long restore"):
        work = asyncio.create_task(shop.do("backup"))
        await soon(lambda: bool(shop.worker._running))
        work.cancel()
        await asyncio.wait({work}, timeout=10)
        assert work.cancelled()
    assert shop.engine.snapshots() == ()


async def test_who_is_stopped_at_work_is_brought_to_the_end(shop: Shop) -> None:
    work = asyncio.create_task(shop.do("backup"))
    await soon(lambda: bool(shop.worker._running))
    work.cancel()
    assert (await work).good
    assert len(shop.engine.snapshots()) == 1
