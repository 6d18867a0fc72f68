"""Slack takes it, rings for nobody, and what it says in words is understood."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given

from bot.notify.answer import Answer
from bot.notify.slack import SlackNotifier, blocks, plain
from bot.notify_settings import SlackSettings
from core.domain.notice import Notice
from tests.bot.notify.receiver import Receiver, receiving, slack
from tests.bot.notify.said import NOTICES, notice


def _notifier(receiver: Receiver, folder: Path, **more: object) -> SlackNotifier:
    settings = SlackSettings.model_validate({"kind": "slack", "url": receiver.secret(folder), **more})
    return SlackNotifier("slack", settings, "ExampleNet")


async def test_a_notice_arrives_and_a_channel_in_a_reason_rings_for_nobody(tmp_path: Path) -> None:
    async with receiving(Receiver(rule=slack)) as receiver:
        notifier = _notifier(receiver, tmp_path)
        assert (await notifier.send(notice(title="<!channel> & co", detail="<!here>" * 2000))).kind == "heard"
        await notifier.close()
    text = str(receiver.heard[0])
    assert "<!" not in text
    assert "&lt;!channel&gt; &amp; co" in text


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (200, "ok", "heard"),
        (200, "no_service", "gone"),
        (200, "<html>", "refused"),
        (403, "action_prohibited", "later"),
        (404, "channel_not_found", "gone"),
        (410, "channel_is_archived", "gone"),
        (500, "rollup_error", "later"),
        (400, "invalid_payload", "refused"),
    ],
)
async def test_its_words_are_understood(tmp_path: Path, status: int, text: str, kind: str) -> None:
    async with receiving(Receiver(script=[(status, text)] * 2)) as receiver:
        notifier = _notifier(receiver, tmp_path)
        assert (await notifier.send(notice())).kind == kind
        await notifier.close()


async def test_one_a_second_goes_there_since_slack_may_show_no_more(tmp_path: Path) -> None:
    """It takes short bursts with "ok", and may leave some of them out."""
    async with receiving(Receiver(rule=slack)) as receiver:
        notifier = _notifier(receiver, tmp_path)
        began = time.monotonic()
        for _ in range(3):
            assert (await notifier.send(notice())).kind == "heard"
        await notifier.close()
    assert 2 <= time.monotonic() - began < 4


async def _answered(folder: Path, *pieces: bytes) -> Answer:
    """What comes of these bytes, a tenth of a second apart, behind which the other side hangs."""
    gone = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.1)
        with suppress(OSError):
            await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    receiver = Receiver(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x")
    notifier = _notifier(receiver, folder, timeout_seconds=0.5)
    answer = await notifier.send(notice())
    await notifier.close()
    await gone.wait()
    server.close()
    return answer


async def test_an_answer_that_comes_in_pieces_is_read_as_far_as_it_comes(tmp_path: Path) -> None:
    """What was heard is not said again because the rest of a page never comes."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\no"
    assert (await _answered(tmp_path, head % 2, b"k")).kind == "heard"
    assert (await _answered(tmp_path, head % 50, b"k")).kind == "heard"


def test_a_text_of_nothing_but_what_is_escaped_is_shortened_and_not_left_out() -> None:
    for detail in ("&" * 5000, "<html>" * 500, "<" * 100_000):
        body = blocks(notice(detail=detail), "ExampleNet")
        assert slack(body)[0] == 200
        assert len(body["blocks"][1]["text"]["text"]) > 2000  # type: ignore[index]  # a payload is what JSON takes


@given(NOTICES)
def test_no_text_makes_blocks_that_slack_would_refuse(told: Notice) -> None:
    for body in (blocks(told, "ExampleNet"), plain(told, "ExampleNet")):
        assert slack(body)[0] == 200
        assert "<!" not in str(body).replace("'<!--", "")
