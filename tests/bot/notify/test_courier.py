"""Each place has its own pace: one that is away holds up no other, and what it missed comes in order."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.notify.answer import Answer
from bot.notify.courier import Courier, pause
from core.clock import SystemClock
from core.domain.notice import Notice, Target, Trouble
from core.notices.notices import Notices

HEARD = Answer(kind="heard")


@dataclass
class Place:
    """Answers as its script says, then hears everything."""

    name: str
    script: list[Answer | Exception] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    tries: int = 0
    wake: Callable[[], None] = lambda: None

    async def send(self, notice: Notice) -> Answer:
        self.tries += 1
        answer = self.script.pop(0) if self.script else HEARD
        if isinstance(answer, Exception):
            raise answer
        if answer.kind == "heard":
            self.heard.append(notice.headline)
        return answer

    async def close(self) -> None:
        self.name += " (closed)"


@asynccontextmanager
async def _carrying(folder: Path, *places: Place) -> AsyncIterator[Notices]:
    clock = SystemClock()
    notices = Notices(folder, [Target(name=place.name) for place in places], clock)
    courier = Courier(notices, places, clock.now)
    for place in places:
        place.wake = courier.wake
    work = asyncio.create_task(courier.run())
    try:
        await asyncio.sleep(0)
        yield notices
        courier.wake()
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        notices.close()


async def _until(place: Place, number: int) -> None:
    for _ in range(2000):
        if len(place.heard) >= number:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(place)


async def test_one_that_is_away_holds_up_no_other_and_gets_all_of_it_in_order(tmp_path: Path) -> None:
    soon = Answer(kind="later", why="answered 503", after=0.05)
    away, there = Place("away", [soon, ValueError("nobody foresaw this"), soon]), Place("there")
    away.script[1] = soon
    for number in range(5):
        Notices(tmp_path, [Target(name="away"), Target(name="there")], SystemClock()).tell(
            "error", str(number), cause="test"
        )
    async with _carrying(tmp_path, away, there):
        await _until(there, 5)
        await _until(away, 5)
    assert away.heard == there.heard == [f"ERROR {number}" for number in range(5)]
    assert away.tries == 8


@dataclass
class Unfound(Place):
    """Its name is looked up for long: that blocks one of the loop's own threads, also after the attempt has ended."""

    def __post_init__(self) -> None:
        self.found = threading.Event()

    async def send(self, notice: Notice) -> Answer:
        del notice
        asyncio.get_running_loop().run_in_executor(None, self.found.wait)
        return Answer(kind="later", why="no answer in time", after=60)


async def test_many_whose_names_nobody_finds_hold_up_no_other(tmp_path: Path) -> None:
    unfound, there = [Unfound(f"unfound{number}") for number in range(40)], Place("there")
    try:
        async with _carrying(tmp_path, *unfound, there) as notices:
            notices.tell("error", "it", cause="test")
            there.wake()
            await asyncio.sleep(1)
            notices.tell("error", "more", cause="test")
            there.wake()
            await _until(there, 2)
    finally:
        for place in unfound:
            place.found.set()


async def test_a_place_that_is_gone_is_told_of_to_the_others_and_asked_no_more(tmp_path: Path) -> None:
    gone, there = Place("gone", [Answer(kind="gone", why="answered 404")]), Place("there")
    Notices(tmp_path, [Target(name="gone"), Target(name="there")], SystemClock()).trouble(
        Trouble(cause="disk", gravity="error", title="the disk is full")
    )
    async with _carrying(tmp_path, gone, there) as notices:
        await _until(there, 2)
        notices.tell("error", "more", cause="test")
        await _until(there, 3)
    assert there.heard[1].startswith("ERROR gone is told nothing any more: answered 404")
    assert gone.tries == 1


async def test_a_place_that_reaches_only_some_of_its_people_is_told_of_once(tmp_path: Path) -> None:
    some = Answer(kind="heard", why="1 of 2 refused")
    mail, there = Place("mail", [some, some]), Place("there")
    Notices(tmp_path, [Target(name="mail"), Target(name="there")], SystemClock()).tell("error", "it", cause="test")
    async with _carrying(tmp_path, mail, there):
        await _until(there, 2)
        await _until(mail, 2)
    assert there.heard == mail.heard == ["ERROR it", "ERROR mail does not reach everybody: 1 of 2 refused"]


async def test_one_that_lets_nobody_in_for_an_hour_is_told_of_at_once(tmp_path: Path) -> None:
    """A wrong password: it is not tried often, and whoever could mend it must not learn that in an hour."""
    mail, there = Place("mail", [Answer(kind="later", why="answered 535", after=3600)]), Place("there")
    Notices(tmp_path, [Target(name="mail"), Target(name="there")], SystemClock()).tell("error", "it", cause="test")
    async with _carrying(tmp_path, mail, there):
        await _until(there, 2)
    assert there.heard == ["ERROR it", "ERROR mail takes nothing for now: answered 535"]


async def test_what_was_heard_is_not_said_again_while_that_cannot_be_noted(tmp_path: Path) -> None:
    """A full disk: reading goes on, and nothing is written."""
    there = Place("there")
    Notices(tmp_path, [Target(name="there")], SystemClock()).tell("error", "it", cause="test")
    with sqlite3.connect(tmp_path / "outbox.sqlite") as file:
        file.execute("CREATE TRIGGER full BEFORE UPDATE ON deliveries BEGIN SELECT RAISE (FAIL, 'full'); END")
    async with _carrying(tmp_path, there) as notices:
        carrying = notices.outbox
        await _until(there, 1)
        for _ in range(3):
            there.wake()
            await asyncio.sleep(0.1)
        assert there.tries == 1
        file.execute("DROP TRIGGER full")
        there.wake()
        for _ in range(200):
            if not carrying.backlog()[0].waiting:
                break
            await asyncio.sleep(0.01)
        assert not carrying.backlog()[0].waiting
        notices.tell("error", "more", cause="test")
        await _until(there, 2)
    file.close()
    assert there.tries == 2


async def test_a_way_that_fails_in_a_manner_that_nobody_foresaw_is_tried_again(tmp_path: Path) -> None:
    odd = Place("odd", [ValueError("nobody foresaw this")])
    Notices(tmp_path, [Target(name="odd")], SystemClock()).tell("error", "it", cause="test")
    async with _carrying(tmp_path, odd):
        await _until(odd, 1)
    assert odd.tries == 2


def test_the_pause_grows_and_is_bounded_unless_somebody_asked_for_another() -> None:
    later = Answer(kind="later")
    assert 1.5 < pause(0, later).total_seconds() < 2.5
    assert 7 * 60 < pause(30, later).total_seconds() <= 12 * 60
    assert pause(30, Answer(kind="later", after=3)).total_seconds() == 3
