"""Real Atheme: its saves are taken within ten seconds; where it cannot save, people know and the good copy stays."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.chat.worker import Worker
from bot.config import load
from bot.saves import Quiet, Saves
from bot.saves_settings import SavesSettings
from bot.watching import Watching
from bot.wiring import build_engine
from bot.wiring_guards import build_guards
from core.domain.notice import Target
from core.guards.saving import Saver, Saving
from core.operations.engine import Engine
from core.operations.teller import Teller
from tests.conftest import require
from tests.lab.bot import write_config
from tests.lab.fixture import running_lab
from tests.lab.network import Lab, give_away
from tests.lab.people import come, register
from tests.machine import small_disk

PAGE = 4096


def people(number: int) -> bytes:
    """A database of so many accounts, larger than a page of a disk."""
    now = int(time.time())
    rows = ["GRVER 1 ", "DBV 12 ", "LUID AAAAAZAAA ", "CF +AFHORVabefhioqrstv "]
    for index in range(number):
        nick, uid = f"n{index:04}", f"AAAAAA{chr(65 + index // 676)}{chr(65 + index // 26 % 26)}{chr(65 + index % 26)}"
        rows += [f"MU {uid} {nick} secret {nick}@x.test {now} {now} +s default ", f"MN {nick} {nick} {now} {now} "]
    return "\n".join([*rows, "KID 0 ", "XID 0 ", "QID 0 ", ""]).encode()


@pytest.fixture(scope="module")
def small() -> Iterator[Lab]:
    """Services whose database lies on a disk of 256 KiB."""
    require("inspircd", "atheme-services")
    with contextlib.ExitStack() as stack:

        def settle(lab: Lab) -> None:
            stack.callback(lab.folder.rmdir)
            stack.callback(lab.data.rmdir)
            stack.enter_context(small_disk(lab.data, "size=256k"))
            lab.database.write_bytes(people(200))
            give_away(lab.folder)

        with running_lab(settle=settle) as lab:
            yield lab


@pytest.fixture
def engine(small: Lab, tmp_path: Path) -> Engine:
    """With somebody to tell."""
    engine = build_engine(load(write_config(small, tmp_path, irc=False, ask='kind = "none"')))
    engine.teller = Teller(engine.state_dir, [Target(name="channel")], engine.clock)
    return engine


@asynccontextmanager
async def following(engine: Engine) -> AsyncIterator[None]:
    """What the bot does beside IRC: it takes saves, and looks."""
    worker = Worker(engine)
    settings = load(engine.state_dir.parent / "bot.toml")
    parts = [
        Saves(worker, SavesSettings()).run(),
        Watching(worker, build_guards(settings, engine), every_seconds=1).run(),
    ]
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await worker.drain()


async def reached(engine: Engine, number: int, seconds: float) -> float:
    """When there are so many snapshots."""
    async with asyncio.timeout(seconds):
        while len(engine.snapshots()) < number:  # noqa: ASYNC110 — another program writes them
            await asyncio.sleep(0.05)
    return time.time()


async def found(engine: Engine, *causes: str) -> None:
    """When exactly these keep everything from being removed."""
    async with asyncio.timeout(20):
        while {freeze.cause for freeze in engine.freezes.standing()} != set(causes):  # noqa: ASYNC110 — as above
            await asyncio.sleep(0.05)


async def test_a_save_is_a_snapshot_within_ten_seconds_of_its_rename(small: Lab, engine: Engine) -> None:
    async with following(engine):
        await reached(engine, 1, 20)
        await asyncio.to_thread(_zed_registers, small)
        await asyncio.to_thread(small.save)
        renamed_at = small.database.stat().st_ctime  # a rename is a change of the inode
        took = await reached(engine, 2, 20) - renamed_at
    assert took < 10
    assert engine.snapshots()[-1].counts["accounts"] == 201


def _zed_registers(small: Lab) -> None:
    with come(small, "zed") as zed:
        register(zed)


async def test_services_on_a_full_disk_are_told_of_the_good_copy_stays_and_nothing_is_removed(
    small: Lab, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Atheme renames what it could write over the good database, without a word; its memory still has everything."""
    filler = small.data / "filler"
    monkeypatch.setattr("bot.saves._AFTER_FAILURE", 0.5)
    await asyncio.to_thread(small.save)
    async with following(engine):
        good = await asyncio.to_thread(_first, engine)
        for room, causes in ((2, ["backup/services"]), (0, ["backup/services", "corrupt/services"])):
            filler.write_bytes(bytes((os.statvfs(small.data).f_bavail - room) * PAGE))
            await asyncio.to_thread(small.save)
            assert small.database.stat().st_size <= room * PAGE  # their log takes some of it too
            await found(engine, *causes)
            gravities = {item.cause: item.trouble.gravity for item in engine.teller.notices.incidents()}
            assert {gravities[cause] for cause in causes} == {"emergency"}
            assert [snapshot.id for snapshot in engine.snapshots()] == [good]
            assert "frozen: " in "\n".join(engine.retention.plan().summary())
            assert "frozen: the last save of services is damaged" in str(engine.status())
            filler.unlink()
            await asyncio.to_thread(small.save)
            await found(engine)
    assert engine.retention.plan().empty
    assert "frozen" not in str(engine.status())


def _first(engine: Engine) -> str:
    (report,) = engine.back_up(reason="", progress=Quiet(), ask=False)
    return report.snapshot.id


def test_services_that_may_not_write_are_told_within_two_intervals(small: Lab, engine: Engine) -> None:
    """The old file lies there as good as ever, and every copy of it "succeeds"."""
    interval = 3.0
    saver = Saver(name="services", database=small.database, every_seconds=interval, control=engine.site.control)
    guard = Saving([saver], engine.clock)
    small.save()
    began = time.monotonic()
    small.data.chmod(0o500)
    os.chown(small.data, 0, 0)
    try:
        while not (troubles := list(guard.look())):
            with contextlib.suppress(TimeoutError):
                _asked_in_vain(small)
            assert time.monotonic() - began < 2 * interval
    finally:
        give_away(small.folder)
        small.data.chmod(0o700)
    assert time.monotonic() - began > interval
    assert troubles[0].gravity == "emergency"
    small.save()
    assert not list(guard.look())


def _asked_in_vain(small: Lab) -> None:
    before = small.database.stat().st_ino
    os.kill(int(small.pidfile.read_text()), 1)
    time.sleep(0.3)
    assert small.database.stat().st_ino == before
