"""The opers' channel hears a notice once, at the pace that the server bears, and never a flood."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import channel_notifier
from bot.channel_notifier import ChannelNotifier, lines
from bot.irc.events import Joined
from bot.irc.outbox import Priority
from tests.bot.notify.said import NOW, notice
from tests.fakes_irc import SERVER, Scene, connected, scripted, settings_for


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scripted(tmp_path) as server, connected(settings_for(server, lines_per_second=10)) as seen:
        peer = await server.accept()
        await peer.welcome()
        await seen.wait(Joined)
        yield Scene(server, peer, seen)


async def test_what_still_waits_to_leave_is_not_said_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are told at the same time, and the server bears only so much: that is no reason to say it twice."""
    monkeypatch.setattr(channel_notifier, "_HEARD_SECONDS", 0.5)
    for number in range(8):
        scene.seen.connection.say("#opers", f"{number} " + "x" * 380, priority=Priority.ALERT)
    notifier = ChannelNotifier("irc", scene.seen.connection, "#opers", lambda: datetime.now(UTC))
    sent = asyncio.create_task(notifier.send(notice(at=datetime.now(UTC))))
    await scene.peer.expect("last line", 10)
    await scene.peer.ison("BackupServ", "BackupServ")
    assert (await sent).kind == "heard"
    assert sum("cannot be saved" in line for line in scene.peer.lines) == 1


async def test_what_the_channel_does_not_take_was_not_heard(scene: Scene) -> None:
    """Moderated, quieted, or for who is logged in alone while services are away: the server says 404, and drops it."""
    notifier = ChannelNotifier("irc", scene.seen.connection, "#opers", lambda: datetime.now(UTC))
    sent = asyncio.create_task(notifier.send(notice(at=datetime.now(UTC))))
    await scene.peer.expect("last line")
    scene.peer.send(f"{SERVER} 404 BackupServ #Opers :Cannot send to channel (+m)")
    await scene.peer.ison("BackupServ", "BackupServ")
    answer = await sent
    assert (answer.kind, answer.why) == ("later", "the channel takes nothing from us")
    sent = asyncio.create_task(notifier.send(notice(at=datetime.now(UTC))))
    await scene.peer.expect("last line")
    await scene.peer.ison("BackupServ", "BackupServ")
    assert (await sent).kind == "heard"


def test_a_notice_is_three_lines_at_most_however_long_it_is() -> None:
    long = notice(title="é" * 5000, detail="x" * 100_000 + "\n\n" + "y" * 9000 + "\nthird", at=NOW)
    told = lines(long, late=True)
    assert len(told) == 3
    assert all(len(line.encode()) < 1000 for line in told)
    assert told[0].endswith("… (at 2026-11-23 03:00Z)")
    assert told[2].endswith("… · !backup now services")
