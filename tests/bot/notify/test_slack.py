"""Slack takes it, rings for nobody, and what it says in words is understood."""

import asyncio
import time
from pathlib import Path

import pytest
from hypothesis import given

from bot.notify.slack import SlackNotifier, blocks, plain
from bot.notify_settings import SlackSettings
from core.domain.notice import Notice
from tests.bot.notify.receiver import Receiver, receiving, slack
from tests.bot.notify.said import NOTICES, notice


def _notifier(receiver: Receiver, folder: Path) -> SlackNotifier:
    settings = SlackSettings.model_validate({"kind": "slack", "url": receiver.secret(folder)})
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


async def test_an_answer_that_comes_in_pieces_is_read_to_its_end(tmp_path: Path) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        await asyncio.sleep(0.1)
        writer.write(b"k")
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    receiver = Receiver(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x")
    notifier = _notifier(receiver, tmp_path)
    answer = await notifier.send(notice())
    await notifier.close()
    server.close()
    assert answer.kind == "heard"


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
