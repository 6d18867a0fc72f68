"""What matters overtakes, what floods is held back, and what is dropped is told."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.irc.outbox import Outbox, Priority
from bot.irc.pace import PORTABLE, Measure, Pace, exempted, measure_of
from tests.fakes import FakeClock


@dataclass(frozen=True)
class Model:
    """How fast a server reads us, how far ahead of that it takes lines, and how much unread it bears."""

    seconds: float
    seconds_per_byte: float
    ahead: float
    lines: int = 1000
    bytes: int = 8000


UNREALIRCD = Model(seconds=1, seconds_per_byte=1 / 90, ahead=10)
INSPIRCD = Model(seconds=1, seconds_per_byte=0, ahead=10)
SOLANUM = Model(seconds=0.5, seconds_per_byte=0, ahead=2.5, lines=20)
ERGO = Model(seconds=0.5, seconds_per_byte=0, ahead=2.5)
NGIRCD = Model(seconds=1 / 3, seconds_per_byte=0, ahead=1)
MODELS = {
    "UnrealIRCd-6.1.10": UNREALIRCD,
    "InspIRCd-3": INSPIRCD,
    "solanum-1.0-dev": SOLANUM,
    "ergo-v2.14.0": ERGO,
    "ngircd-26.1": NGIRCD,
}


async def _sent(fill: Callable[[Outbox], None], *, most: int = 500) -> list[str]:
    """What an outbox sends until nothing waits, quickly."""
    sent: list[bytes] = []
    outbox = Outbox(sent.append, time.monotonic, exempted(5000), most=most)
    fill(outbox)
    running = asyncio.create_task(outbox.run())
    async with asyncio.timeout(10):
        await outbox.drained()
    running.cancel()
    return [content.decode().removesuffix("\r\n") for content in sent]


async def test_alerts_overtake_lists_and_identity_overtakes_alerts() -> None:
    """And what is of the same kind stays in order."""

    def fill(outbox: Outbox) -> None:
        for number in range(3):
            outbox.put(f"PRIVMSG alice :page {number}", Priority.LIST)
        outbox.put("PRIVMSG #opers :answer", Priority.ANSWER)
        outbox.put("PRIVMSG #opers :alert", Priority.ALERT)
        outbox.put("WHOIS bob", Priority.IDENTITY)
        outbox.put("PONG :x", Priority.PROTOCOL)

    assert await _sent(fill) == [
        "PONG :x",
        "WHOIS bob",
        "PRIVMSG #opers :alert",
        "PRIVMSG #opers :answer",
        "PRIVMSG alice :page 0",
        "PRIVMSG alice :page 1",
        "PRIVMSG alice :page 2",
    ]


async def test_a_full_queue_drops_the_oldest_of_what_matters_least_and_says_how_much() -> None:
    """Alerts and answers stay; who misses lines is told, each in their own place."""

    def fill(outbox: Outbox) -> None:
        outbox.put("PRIVMSG #opers :alert", Priority.ALERT)
        for number in range(12):
            outbox.put(f"NOTICE alice :page {number}", Priority.LIST)
        outbox.put("PRIVMSG #opers :answer", Priority.ANSWER)

    sent = await _sent(fill, most=10)
    assert sent[:2] == ["PRIVMSG #opers :alert", "PRIVMSG #opers :answer"]
    assert sent[2:10] == [f"NOTICE alice :page {number}" for number in range(4, 12)]
    assert sent[10:] == ["NOTICE alice :… 4 lines were left out"]


async def test_what_is_told_of_dropped_lines_is_bounded_too() -> None:
    """A thousand places that miss a line are not a thousand lines more."""

    def fill(outbox: Outbox) -> None:
        for number in range(1000):
            outbox.put(f"NOTICE nick{number} :x", Priority.LIST)

    assert len(await _sent(fill, most=10)) <= 30


async def test_more_at_once_than_servers_bear_is_held_back() -> None:
    """And a PONG is not."""
    sent: list[bytes] = []
    outbox = Outbox(sent.append, time.monotonic)
    for number in range(40):
        outbox.put(f"PRIVMSG #opers :{number}", Priority.ANSWER)
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0.1)
    assert 5 <= len(sent) <= 10
    outbox.put("PONG :x", Priority.PROTOCOL)
    assert sent[-1] == b"PONG :x\r\n"
    running.cancel()


def _run(sizes: list[int], clock: FakeClock, measure: Measure = PORTABLE) -> list[tuple[float, int]]:
    """When each line of that size would go out."""
    pace = Pace(clock.monotonic, measure)
    gone = []
    for size in sizes:
        while (wait := pace.wait(size)) > 0:
            clock.advance(wait + 1e-6)
        pace.spend(size)
        gone.append((clock.monotonic(), size))
    return gone


@given(st.lists(st.integers(min_value=5, max_value=512), min_size=1, max_size=120))
def test_nothing_piles_up_in_a_server(sizes: list[int]) -> None:
    """Played against the models that were measured: no queue ever comes near what servers kill for."""
    for version, model in MODELS.items():
        _must_bear(model, _run(sizes, FakeClock(), measure_of(version)), most=model.lines)
    gone = _run(sizes, FakeClock(), measure_of("somebody-elses-ircd-1"))
    for model in MODELS.values():
        _must_bear(model, gone, most=10)


def _must_bear(model: Model, gone: list[tuple[float, int]], *, most: int) -> None:
    free_at = 0.0
    waiting: list[tuple[float, int]] = []  # until when, and how many bytes
    for at, size in gone:
        waiting = [(until, held) for until, held in waiting if until > at]
        free_at = max(free_at, at) + model.seconds + size * model.seconds_per_byte
        waiting.append((free_at, size))
        unread = [held for until, held in waiting if until > at + model.ahead]
        assert sum(unread) < model.bytes
        assert len(unread) <= most


def test_what_is_learnt_of_a_server_forgives_nothing() -> None:
    """Five lines before 004 are five lines after it."""
    pace = Pace(FakeClock().monotonic, PORTABLE)
    for _ in range(5):
        pace.spend(20)
    assert pace.wait(20) > 0
    pace.bear(measure_of("InspIRCd-3"))
    for _ in range(3):
        assert pace.wait(20) <= 0
        pace.spend(20)
    assert pace.wait(20) > 0


def test_a_long_line_is_paid_in_full() -> None:
    """Twenty lines of 500 bytes take as long as they weigh, not as twenty short ones."""
    assert _run([500] * 20, FakeClock())[-1][0] > 100
    assert _run([20] * 20, FakeClock())[-1][0] < 20


@pytest.mark.parametrize("size", [20, 100])
def test_a_question_about_identity_goes_when_nothing_else_may(size: int) -> None:
    """Its answer is awaited for seconds only; a few may be ahead of the measure."""
    clock = FakeClock()
    pace = Pace(clock.monotonic, PORTABLE)
    while pace.wait(size) <= 0:
        pace.spend(size)
    assert pace.wait(size, urgent=True) <= 0


async def test_a_long_answer_to_one_holds_up_no_other() -> None:
    """Each that is spoken to has a line in turn; what goes to the same place stays in order."""

    def fill(outbox: Outbox) -> None:
        for number in range(4):
            outbox.put(f"NOTICE alice :{number}", Priority.ANSWER)
        outbox.put("NOTICE carol :mine", Priority.ANSWER)
        outbox.put("PRIVMSG #opers :ours", Priority.ANSWER)
        assert outbox.waiting("NOTICE alice", Priority.ANSWER) == 4
        assert outbox.waiting("NOTICE dave", Priority.ANSWER) == 0

    assert await _sent(fill) == [
        "NOTICE alice :0",
        "NOTICE carol :mine",
        "PRIVMSG #opers :ours",
        "NOTICE alice :1",
        "NOTICE alice :2",
        "NOTICE alice :3",
    ]


async def test_what_waits_for_who_is_gone_is_not_for_the_next_who_bears_the_nick() -> None:
    """Whatever its priority; nobody else loses a line."""

    def fill(outbox: Outbox) -> None:
        for priority in (Priority.LIST, Priority.ANSWER):
            outbox.put("NOTICE alice :PLAN 7Q2F", priority)
            outbox.put("PRIVMSG alice :PLAN 7Q2F", priority)
            outbox.put("NOTICE alice_ :hers", priority)
        outbox.put("PRIVMSG #opers :everybody's", Priority.ANSWER)
        outbox.forget("alice")

    hers = "NOTICE alice_ :hers"
    assert sorted(await _sent(fill)) == [hers, hers, "PRIVMSG #opers :everybody's"]


async def test_what_is_too_much_is_left_out_where_most_waits() -> None:
    def fill(outbox: Outbox) -> None:
        outbox.put("NOTICE carol :mine", Priority.LIST)
        for number in range(4):
            outbox.put(f"NOTICE alice :{number}", Priority.LIST)

    assert await _sent(fill, most=3) == [
        "NOTICE carol :mine",
        "NOTICE alice :2",
        "NOTICE alice :3",
        "NOTICE alice :… 2 lines were left out",
    ]
