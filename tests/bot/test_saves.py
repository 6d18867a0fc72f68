"""Every save becomes a snapshot within seconds, one after the other, and nobody else is kept from working."""

import asyncio
import json
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from bot import saves
from bot.chat.worker import Worker
from bot.saves import Follower, Saves
from bot.saves_settings import SavesSettings
from core.domain.errors import StorageFull, StorageUnavailable
from core.lock import Lock
from core.operations.last_save import Mark, mark
from core.operations.set_aside import SetAside
from core.ports import Storage
from tests.core.operations.world import AFTER, BEFORE, World, make_world
from tests.fakes import FakeClock, RecordingProgress

ONE, TWO = Mark(inode=1, written=(1, 10)), Mark(inode=2, written=(2, 10))


def test_each_new_save_is_due_at_once_and_the_same_one_never_again() -> None:
    follower = Follower(calm_seconds=60)
    assert not follower.is_due(None, 0)
    assert follower.is_due(ONE, 0), "what was saved while the bot was down"
    follower.took(ONE, 10, in_place=False)
    assert not follower.is_due(ONE, 9999)
    assert not follower.is_due(TWO, 10.5), "others may have the lock in between"
    assert follower.is_due(TWO, 11)


def test_what_is_written_in_place_is_taken_once_a_while() -> None:
    follower = Follower(calm_seconds=60)
    follower.took(ONE, 10, in_place=True)
    assert not follower.is_due(TWO, 69)
    assert follower.is_due(TWO, 70)


def test_what_cannot_be_taken_is_left_alone_for_a_minute_unless_another_one_comes() -> None:
    follower = Follower(calm_seconds=60)
    follower.took(ONE, 0, in_place=False)
    follower.failed(TWO, 10)
    assert not follower.is_due(TWO, 69)
    assert follower.is_due(TWO, 70)
    assert follower.is_due(replace(TWO, inode=3), 15)
    assert not follower.is_due(ONE, 15), "the good one is back, and it was taken"


def test_a_mark_is_another_one_after_every_save_and_needs_no_opening(tmp_path: Path) -> None:
    database = tmp_path / "services.db"
    assert mark(database) is None
    database.write_bytes(b"x")
    first = mark(database)
    assert first == mark(database)
    (tmp_path / "services.db-wal").write_bytes(b"y")
    second = mark(database)
    assert second != first
    put(database, b"x")
    assert mark(database) not in {first, second}
    folder = tmp_path / "file"
    folder.write_bytes(b"")
    seen = mark(folder / "services.db")
    assert seen is not None
    assert seen.trouble == "Not a directory"


def put(database: Path, content: bytes) -> None:
    """As Atheme does it."""
    new = database.with_name(database.name + ".new")
    new.write_bytes(content)
    new.replace(database)


class RealClock(FakeClock):
    """Files have real times."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
def living(tmp_path: Path) -> World:
    return make_world(tmp_path, RealClock())


@asynccontextmanager
async def following(world: World, calm_seconds: float = 60) -> AsyncIterator[Worker]:
    worker = Worker(world.engine)
    task = asyncio.create_task(Saves(worker, SavesSettings(every_seconds=0.2, calm_seconds=calm_seconds)).run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await worker.drain()


async def until(truth: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not truth():  # noqa: ASYNC110 — files and other threads set no event
            await asyncio.sleep(0.02)


def count(world: World) -> int:
    return len(world.engine.snapshots())


async def test_saves_are_taken_as_they_come_and_an_unchanged_one_makes_no_snapshot(living: World) -> None:
    """What was saved while the bot was down is the first; services are never asked for another."""
    async with following(living):
        await until(lambda: count(living) == 1)
        put(living.database, AFTER)
        await until(lambda: count(living) == 2)
        put(living.database, AFTER)
        await until(lambda: len(living.engine.runs.all()) == 3)
    assert count(living) == 2
    assert {snapshot.reason for snapshot in living.engine.snapshots()} == {"saved by services"}
    assert [run.new for run in living.engine.runs.all()] == [True, True, False]
    trail = [entry["event"] for entry in journal(living)]
    assert trail == ["backup done", "backup done"], "a save in which nothing changed is no matter of the audit trail"


def journal(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in (world.state / "audit.jsonl").read_text().splitlines()]


async def test_while_somebody_else_is_at_work_saves_are_set_aside_and_taken_in_their_order(living: World) -> None:
    """A large tree may be saved for minutes. A damaged save among them takes no part."""
    saves = [AFTER, AFTER[:-20], AFTER.replace(b"bob@", b"rob@")]
    async with following(living):
        await until(lambda: count(living) == 1)
        with living.engine.changing("restoring"):
            for save in saves:
                before = len(waiting(living))
                put(living.database, save)
                await until(partial(_is_more, living, before))
            assert count(living) == 1
        await until(lambda: count(living) == 3)
    assert not waiting(living)
    assert [living.engine.repository.content(item) for item in living.engine.snapshots()] == [BEFORE, AFTER, saves[2]]
    assert [entry["event"] for entry in journal(living)] == ["backup done"] * 3


async def test_while_the_storage_is_away_saves_are_set_aside(living: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saves, "_AFTER_FAILURE", 0.3)
    monkeypatch.setattr(saves, "_AGAIN", 1.0)
    repository = living.database.parent / "repository"
    async with following(living):
        await until(lambda: count(living) == 1)
        repository.rename(repository.with_name("away"))
        repository.touch()
        for content in (AFTER, AFTER.replace(b"bob@", b"rob@")):
            before = len(waiting(living))
            put(living.database, content)
            await until(partial(_is_more, living, before))
        repository.unlink()
        repository.with_name("away").rename(repository)
        await until(lambda: count(living) == 3)
        await until(lambda: not waiting(living))


class _Hanging:
    """A storage that does not answer for a while, at the port."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.asked, self.answers = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._storage, name)

    def put(self, key: str, content: Iterable[bytes]) -> None:
        self.asked.set()
        assert self.answers.wait(30)
        self._storage.put(key, content)


async def test_while_the_storage_hangs_every_save_that_comes_is_set_aside(
    living: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket is tried for a quarter of an hour before it is called away: services go on saving."""
    monkeypatch.setattr(saves, "_PATIENCE", 0.3)
    later = [AFTER.replace(b"bob@", name) for name in (b"rob@", b"bog@")]
    async with following(living):
        await until(lambda: count(living) == 1)
        hanging = _Hanging(living.engine.repository.storage)
        living.engine.repository.storage = cast("Storage", hanging)
        put(living.database, AFTER)
        try:
            await until(hanging.asked.is_set)
            await until(partial(_is_more, living, 0))
            for content in later:
                before = len(waiting(living))
                put(living.database, content)
                await until(partial(_is_more, living, before))
        finally:
            hanging.answers.set()
        await until(lambda: count(living) == 4)
        await until(lambda: not waiting(living))
    found = [living.engine.repository.content(item) for item in living.engine.snapshots()]
    assert found == [BEFORE, AFTER, *later]


def _is_more(world: World, before: int) -> bool:
    return len(waiting(world)) > before


def waiting(world: World) -> tuple[Path, ...]:
    return SetAside(world.state).waiting("services")


def test_what_is_set_aside_is_ours_alone_and_bounded(living: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.operations.set_aside._MOST", 2)
    for number in range(4):
        os.utime(living.database, ns=(number, number))
        SetAside(living.state).keep(living.engine.site)
    assert [int(path.stem) for path in waiting(living)] == [2, 3]
    assert {path.stat().st_mode & 0o777 for path in waiting(living)} == {0o600}
    monkeypatch.setattr("core.operations.set_aside._ROOM", 1 << 50)
    with pytest.raises(StorageFull, match="no room"):
        SetAside(living.state).keep(living.engine.site)


def test_what_was_set_aside_and_cannot_be_read_keeps_no_other_save_from_being_taken(living: World) -> None:
    SetAside(living.state).keep(living.engine.site)
    (path,) = waiting(living)
    os.truncate(path, living.engine.site.limit + 1)
    (report,) = living.engine.back_up(reason="a test", progress=RecordingProgress(), ask=False)
    assert report.content == BEFORE
    assert not waiting(living)


def test_an_audit_trail_that_cannot_be_written_keeps_no_save_from_being_taken(living: World) -> None:
    SetAside(living.state).keep(living.engine.site)
    put(living.database, AFTER)
    (living.state / "audit.jsonl").mkdir()
    with pytest.raises(StorageUnavailable, match=r"saved \(.* of services\), but this host could not note it"):
        living.engine.back_up(reason="a test", progress=RecordingProgress(), ask=False)
    assert [living.engine.repository.content(item) for item in living.engine.snapshots()] == [BEFORE, AFTER]


async def test_nobody_is_refused_because_a_save_is_just_being_taken(living: World) -> None:
    """Whoever comes meanwhile waits until it is over, here and in another program."""
    state = living.state
    state.mkdir(exist_ok=True)
    lock = Lock(state / "lock", purpose="backup", brief=True)
    with lock:
        waiting = asyncio.create_task(asyncio.to_thread(living.engine.back_up, reason="", progress=RecordingProgress()))
        await asyncio.sleep(0.5)
        assert not waiting.done()
    assert len(await asyncio.wait_for(waiting, 20)) == 1


async def test_a_damaged_save_is_told_and_the_good_one_after_it_is_taken(
    living: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saves, "_AFTER_FAILURE", 0.5)
    async with following(living):
        await until(lambda: count(living) == 1)
        put(living.database, AFTER[:-20])
        await until(lambda: any(not run.good for run in living.engine.runs.all()))
        put(living.database, AFTER)
        await until(lambda: count(living) == 2)


async def test_an_sqlite_database_is_taken_once_a_while_however_often_it_changes(living: World) -> None:
    """Every transaction is a change; each of them must not be a snapshot."""
    living.database.unlink()
    sql = sqlite3.connect(living.database)
    sql.execute("PRAGMA journal_mode=WAL")
    sql.execute("CREATE TABLE account_table (id INTEGER PRIMARY KEY, name TEXT)")
    sql.commit()
    with closing(sql):
        async with following(living, calm_seconds=3):
            await until(lambda: count(living) == 1)
            begun = time.monotonic()
            for number in range(20):
                sql.execute("INSERT INTO account_table (name) VALUES (?)", (f"n{number}",))
                sql.commit()
                await asyncio.sleep(0.05)
            await until(lambda: count(living) == 2)
            assert time.monotonic() - begun > 2
    assert len(living.engine.runs.all()) == 2
    assert living.engine.snapshots()[-1].counts["accounts"] == 20
