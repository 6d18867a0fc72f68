"""The whole bot, told anything by its server, for simulated hours: it lives, says nothing wrong, and keeps little."""

import asyncio
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import BotSettings
from tests.fuzz.household import VARIANTS, asks_for_a_login, household, lets_us_in, variant
from tests.fuzz.hurried import run_hurried
from tests.fuzz.unwired import UnwiredNetwork
from tests.fuzz.words import ACTS, Act


async def evening(home: BotSettings, acts: list[Act], *, way: str, polite: bool) -> list[str]:
    """What went wrong while a server did all of that; a polite one lets the bot in first."""
    host = lets_us_in if way in {"plain", "keyed"} else asks_for_a_login
    network = UnwiredNetwork(host if polite else None)
    async with household(variant(home, way), network) as watched:
        await asyncio.sleep(1)
        for act in acts:
            network.say(act.content)
            if act.hangs_up:
                network.hang_up()
            await asyncio.sleep(act.seconds)
        await asyncio.sleep(30)
        return watched.verdict()


def whole_bot(home: BotSettings) -> Callable[[], None]:
    """Evenings without end."""

    @given(acts=ACTS, polite=st.sampled_from([True, True, True, False]), way=st.sampled_from(VARIANTS))
    def one_evening(acts: list[Act], polite: bool, way: str) -> None:  # noqa: FBT001 — hypothesis passes by name
        assert run_hurried(evening(home, acts, way=way, polite=polite)) == []

    return one_evening


def test_whatever_a_server_says_the_bot_lives(home: BotSettings) -> None:
    """No exception reaches the log or the loop, no line leaves that may not, no table grows without end."""
    settings(max_examples=40)(whole_bot(home))()
