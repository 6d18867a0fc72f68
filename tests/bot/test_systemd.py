"""What systemd is told, heard at a real socket."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.systemd import Notifier, Report


class Ear:
    """Where systemd would listen."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.settimeout(0)
        self.address = address

    def heard(self) -> list[str]:
        """All words since the last time."""
        words: list[str] = []
        while True:
            try:
                words += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return words

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    ear = Ear(str(tmp_path / "notify"))
    yield ear
    ear.close()


@asynccontextmanager
async def reporting(report: Report) -> AsyncIterator[None]:
    task = asyncio.create_task(report.run())
    try:
        yield
    finally:
        task.cancel()


def notifier(ear: Ear, **more: str) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": ear.address, **more})


def test_nobody_listens_and_nothing_happens() -> None:
    """Outside systemd the words go nowhere."""
    Notifier({}).tell("READY=1")
    Notifier({"NOTIFY_SOCKET": "/nowhere/at/all"}).tell("READY=1")


def test_a_socket_of_the_abstract_namespace_is_reached() -> None:
    """Some managers name one that begins with @."""
    ear = Ear(f"@backupserv-test-{os.getpid()}")
    try:
        notifier(ear).tell("READY=1", "STATUS=here")
        assert ear.heard() == ["READY=1", "STATUS=here"]
    finally:
        ear.close()


def test_a_full_socket_does_not_hold_the_bot_up(ear: Ear) -> None:
    """Systemd that does not read must not stop the loop."""
    begun = time.monotonic()
    for _ in range(3000):
        notifier(ear).tell("STATUS=" + "x" * 400)
    assert time.monotonic() - begun < 5


def test_a_status_is_one_line(ear: Ear) -> None:
    """What a server says on IRC becomes part of it, and must not become a word of its own."""
    Report(lambda: "no connection: bye\nMAINPID=1", notifier(ear)).up()
    assert ear.heard() == ["READY=1", "STATUS=no connection: bye MAINPID=1"]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),  # it was meant for another process
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_when_somebody_watches(environment: dict[str, str], seconds: float | None) -> None:
    assert Notifier(environment).watchdog == seconds


async def test_the_watchdog_is_fed_while_the_loop_turns(ear: Ear) -> None:
    """At least at half of the time that systemd allows."""
    async with reporting(Report(lambda: "", notifier(ear, WATCHDOG_USEC="200000"))):
        await asyncio.sleep(1.05)
    assert 6 <= ear.heard().count("WATCHDOG=1") <= 12


async def test_the_watchdog_is_not_fed_while_the_loop_is_held_up(ear: Ear, caplog: pytest.LogCaptureFixture) -> None:
    """No other thread feeds it: what hangs is to be killed. When it goes on, the log says how long it hung."""
    async with reporting(Report(lambda: "", notifier(ear, WATCHDOG_USEC="200000"))):
        await asyncio.sleep(0.15)
        ear.heard()
        time.sleep(1.5)  # noqa: ASYNC251 — holding the loop up is what is tried
        assert ear.heard() == []
        await asyncio.sleep(0.15)
        assert "WATCHDOG=1" in ear.heard()
    assert "the event loop was held up for 1." in caplog.text


async def test_more_time_is_asked_for_at_start_and_at_stop(ear: Ear) -> None:
    """A restore that is carried on takes as long as it takes; in between nothing is asked for."""
    report = Report(lambda: "looking round", notifier(ear, WATCHDOG_USEC="200000"))
    async with reporting(report):
        await asyncio.sleep(0.15)
        assert "EXTEND_TIMEOUT_USEC=30000000" in ear.heard()
        report.up()
        await asyncio.sleep(0.15)
        said = ear.heard()
        assert said[:2] == ["READY=1", "STATUS=looking round"]
        assert "EXTEND_TIMEOUT_USEC=30000000" not in said
        report.stopping()
        await asyncio.sleep(0.15)
        said = ear.heard()
        assert said[0] == "STOPPING=1"
        assert "EXTEND_TIMEOUT_USEC=30000000" in said


async def test_a_status_is_told_when_it_changes(ear: Ear) -> None:
    """And not again and again."""
    doing = ["in #opers"]
    async with reporting(Report(lambda: "; ".join(doing), notifier(ear, WATCHDOG_USEC="200000"))):
        await asyncio.sleep(0.35)
        doing.append("!restore")
        await asyncio.sleep(0.35)
    assert [word for word in ear.heard() if word.startswith("STATUS=")] == [
        "STATUS=in #opers",
        "STATUS=in #opers; !restore",
    ]
