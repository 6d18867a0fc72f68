"""Whatever happened, Discord takes it: too long, full of mentions, or while Discord itself is in trouble."""

from pathlib import Path

from hypothesis import given

from bot.notify.discord import DiscordNotifier, card, plain
from bot.notify_settings import DiscordSettings
from core.domain.notice import Notice
from tests.bot.notify.receiver import Receiver, discord, receiving
from tests.bot.notify.said import NOTICES, notice


def _notifier(receiver: Receiver, folder: Path, **more: object) -> DiscordNotifier:
    settings = DiscordSettings.model_validate({"kind": "discord", "url": receiver.secret(folder), **more})
    return DiscordNotifier("discord", settings, "ExampleNet")


async def test_a_notice_arrives_with_its_own_time_and_without_the_path(tmp_path: Path) -> None:
    async with receiving(Receiver(rule=discord)) as receiver:
        notifier = _notifier(receiver, tmp_path, thread="42")
        assert (await notifier.send(notice())).kind == "heard"
        await notifier.close()
    (body,) = receiver.heard
    assert body["content"] == "[ExampleNet] ERROR services cannot be saved: …/services.db cannot be read by uid 990"
    assert body["embeds"][0]["timestamp"] == "2026-11-23T03:00:00+00:00"
    assert "`!backup now services`" in body["embeds"][0]["description"]
    assert receiver.paths == ["/api/webhooks/1/verysecrettoken?wait=true&thread_id=42"]


async def test_an_error_of_a_hundred_thousand_letters_arrives_with_its_beginning_and_its_end(tmp_path: Path) -> None:
    long = notice(title="t" * 5000, detail="first\n" + "x" * 100_000 + "\nthe reason")
    async with receiving(Receiver(rule=discord)) as receiver:
        notifier = _notifier(receiver, tmp_path)
        assert (await notifier.send(long)).kind == "heard"
        await notifier.close()
    text = receiver.heard[0]["embeds"][0]["description"]
    assert text.startswith("first")
    assert "the reason" in text


async def test_a_card_that_is_refused_comes_as_one_line(tmp_path: Path) -> None:
    async with receiving(Receiver(rule=discord, script=[(400, "{}")])) as receiver:
        notifier = _notifier(receiver, tmp_path)
        assert (await notifier.send(notice())).kind == "heard"
        await notifier.close()
    assert "embeds" not in receiver.heard[0]


async def test_what_discord_answers_means_later_never_or_gone(tmp_path: Path) -> None:
    """429 waits as long as it says, in seconds or in the milliseconds of an old fault; 404 is for ever."""
    script = [
        (429, '{"retry_after": 1.5, "global": false}'),
        (429, '{"retry_after": 41234}'),
        (429, "", {"Retry-After": "7"}),
        (503, ""),
        "reset",
        (403, ""),
        (407, ""),
        (404, '{"message": "Unknown Webhook"}'),
    ]
    async with receiving(Receiver(script=script)) as receiver:
        notifier = _notifier(receiver, tmp_path)
        answers = [await notifier.send(notice()) for _ in range(len(script))]
        await notifier.close()
    assert [answer.kind for answer in answers] == ["later"] * 7 + ["gone"]
    assert [answer.after for answer in answers[:4]] == [1.5, 41.234, 7, 0]
    assert not any("verysecrettoken" in answer.why or "127.0.0.1" in answer.why for answer in answers)


async def test_a_wait_that_is_no_number_of_this_world_is_a_wait_of_ours(tmp_path: Path) -> None:
    script = [
        (429, '{"retry_after": 1' + "0" * 1000 + "}"),
        (429, '{"retry_after": NaN}', {"Retry-After": "-7"}),
        (429, "", {"Retry-After": "999999999"}),
        (429, "[1]", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    ]
    async with receiving(Receiver(script=script)) as receiver:
        notifier = _notifier(receiver, tmp_path)
        answers = [await notifier.send(notice()) for _ in range(len(script))]
        await notifier.close()
    assert [(answer.kind, answer.after) for answer in answers] == [
        ("later", 30.0),
        ("later", 30.0),
        ("later", 3600.0),
        ("later", 30.0),
    ]


async def test_a_page_that_stands_in_front_for_a_while_loses_nothing(tmp_path: Path) -> None:
    """A redirect speaks of the address and not of what was said. It is not followed: it may lead anywhere."""
    async with receiving(Receiver(script=[(302, "", {"Location": "http://169.254.169.254/"})] * 2)) as receiver:
        notifier = _notifier(receiver, tmp_path)
        answer = await notifier.send(notice())
        await notifier.close()
    assert (answer.kind, answer.why) == ("later", "answered 302: it is somewhere else")
    assert len(receiver.paths) == 1


async def test_silence_ends_after_its_time(tmp_path: Path) -> None:
    async with receiving(Receiver(script=[5.0])) as receiver:
        notifier = _notifier(receiver, tmp_path, timeout_seconds=0.2)
        answer = await notifier.send(notice())
        await notifier.close()
    assert (answer.kind, answer.why) == ("later", "no answer in time")


async def test_a_secret_that_is_not_there_is_said_by_its_place(tmp_path: Path) -> None:
    settings = DiscordSettings.model_validate({"kind": "discord", "url": {"file": str(tmp_path / "none")}})
    answer = await DiscordNotifier("discord", settings, "ExampleNet").send(notice())
    assert answer.kind == "later"
    assert str(tmp_path / "none") in answer.why


@given(NOTICES)
def test_no_text_makes_a_card_that_discord_would_refuse_and_none_rings_for_everybody(told: Notice) -> None:
    for body in (card(told, "ExampleNet"), plain(told, "ExampleNet")):
        assert discord(body)[0] == 200
        assert "@everyone" not in str(body)
