"""What the chat writes down: bounded where anybody can cause it, and never a reason to stop."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.chat.audited import audited
from bot.chat.authority import Actor, Role
from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from bot.chat.worker import Worker
from core.domain.audit import Wanted
from core.domain.errors import SnapshotNotFound
from core.journal.about import be_about
from core.journal.file import FileJournal
from core.operations.engine import Engine
from tests.fakes import FakeClock


class Office:
    """A worker whose engine has a journal and a clock, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "audit.jsonl"
        self.clock = FakeClock()
        self.journal = FileJournal(self.path, clock=self.clock)
        self.said: list[str] = []
        engine = cast("Engine", SimpleNamespace(journal=self.journal, clock=self.clock))
        self.worker = Worker(engine, tell=self.said.append)

    def lines(self) -> list[dict[str, object]]:
        return [{"event": entry.event, **entry.fields} for entry in self.journal.entries(Wanted())]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_a_flood_of_refusals_fills_no_disk(office: Office) -> None:
    """Thirty at once, then one in four seconds; the next line tells how many were left out; nothing else waits."""
    for _ in range(1000):
        await office.worker.write_down("command refused", nick="mallory")
    assert len(office.lines()) == 30
    await office.worker.write_down("plan approved", by="carol")
    assert office.lines()[-1] == {"event": "plan approved", "by": "carol", "left_out": 970}
    office.clock.advance(9)
    for _ in range(10):
        await office.worker.write_down("command refused", nick="mallory")
    assert len(office.lines()) == 33


async def test_a_server_that_comes_and_goes_fills_no_disk_and_hides_no_refusal(office: Office) -> None:
    for _ in range(1000):
        await office.worker.write_down("irc disconnected", reason="bye")
    assert len(office.lines()) == 30
    await office.worker.write_down("command refused", nick="mallory")
    assert office.lines()[-1] == {"event": "command refused", "nick": "mallory", "left_out": 970}


async def test_a_trail_that_cannot_be_written_is_told_once_and_so_is_its_return(office: Office) -> None:
    office.path.mkdir()
    for _ in range(5):
        await office.worker.write_down("command obeyed", nick="alice")
    assert len(office.said) == 1
    assert "the audit trail cannot be written" in office.said[0]
    assert "Nothing is removed until it can" in office.said[0]
    office.path.rmdir()
    for _ in range(2):
        await office.worker.write_down("command obeyed", nick="alice")
    assert office.said[1:] == ["the audit trail can be written again"]


async def test_what_the_engine_writes_in_its_thread_bears_the_request(office: Office) -> None:
    be_about(request="7Q2F9K")
    await office.worker.do(lambda engine: engine.journal.record("restore begun", by="alice"))
    be_about(request=None)
    await office.worker.do(lambda engine: engine.journal.record("bot stopped"))
    assert office.lines() == [
        {"event": "restore begun", "request": "7Q2F9K", "by": "alice"},
        {"event": "bot stopped"},
    ]


async def _good(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    desk.worker.engine.clock.sleep(2.5)
    yield Reply(f"hello {request.by}")


async def _lost(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    del request, desk
    yield Reply("looking")
    raise SnapshotNotFound("none that old", hint="ask for a later one")


async def _broken(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    del request, desk
    yield Reply("looking")
    raise RuntimeError("a secret inside")


async def _said(office: Office, run: object) -> list[str]:
    command = Command(words=("try",), role=Role.VIEW, usage="", summary="", example="", run=run)  # type: ignore[arg-type]  # a test's command
    desk = cast("Desk", SimpleNamespace(worker=office.worker))
    request = cast("Request", SimpleNamespace(by="alice", actor=Actor(name="alice", roles=frozenset(), proof="test")))
    return [reply.text async for reply in audited(command).run(request, desk)]


async def test_the_end_of_a_command_is_written_down_with_its_seconds(office: Office) -> None:
    assert await _said(office, _good) == ["hello alice"]
    assert office.lines() == [{"event": "command done", "command": "!try", "by": "alice", "seconds": "2.5"}]


async def test_so_is_its_failure_and_no_secret(office: Office) -> None:
    with pytest.raises(SnapshotNotFound):
        await _said(office, _lost)
    with pytest.raises(RuntimeError):
        await _said(office, _broken)
    assert [(line["event"], line["error"]) for line in office.lines()] == [
        ("command failed", "none that old"),
        ("command failed", "RuntimeError"),
    ]


async def test_a_command_whose_asker_is_gone_was_cut_short(office: Office) -> None:
    command = Command(words=("try",), role=Role.VIEW, usage="", summary="", example="", run=_lost)
    desk = cast("Desk", SimpleNamespace(worker=office.worker))
    replies = audited(command).run(cast("Request", SimpleNamespace(by="alice")), desk)
    await anext(replies)
    await replies.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert office.lines()[-1]["event"] == "command cut short"
