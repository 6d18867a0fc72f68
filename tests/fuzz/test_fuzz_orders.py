"""Anything that somebody with every right may type: never a crash, never a flood, and nothing changes unconfirmed."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import BotSettings
from bot.config_sources import AthemeSite
from tests.fuzz.honest import HonestServer
from tests.fuzz.household import household
from tests.fuzz.hurried import run_hurried
from tests.fuzz.test_fuzz_identity import PEOPLE
from tests.fuzz.words import ORDERS

IN_CHANNEL = 6  # lines: four, where the rest went, and that it takes long
ASIDE = 14  # a page, that it takes long, and how much more there is
WITH_A_CODE = st.sampled_from(["!show CODE", "!deny CODE", "!approve CODE", "!show code", "!break-glass CODE", "!more"])
PLANS = st.sampled_from(
    """\
!restore user bob merge
!restore user bob replace from latest
!restore user dave from latest
!restore channel #demo
!restore channel #opers from latest replace
!restore group !staff
!restore user bob as alice
!prune
!undo
!jobs
!backup now
!diff
!verify latest""".splitlines()
)


def furnished(home: BotSettings) -> BotSettings:
    """With a snapshot, and after it somebody has changed."""
    site = home.sources["services"]
    assert isinstance(site, AthemeSite)
    assert run_hurried(night(home, [(0, "!backup now", False)])) == []
    site.database.write_bytes(
        site.database.read_bytes().replace(b"MDU bob url https://bob.demo.test/ my   garage\n", b"")
    )
    return home


async def night(home: BotSettings, orders: list[tuple[int, str, bool]]) -> list[str]:
    """What went wrong while people gave these orders, one after the other."""
    server = HonestServer([replace(one) for one in PEOPLE])
    async with household(home, server.network) as watched:
        for _ in range(6):
            server.work()
            await asyncio.sleep(1)
        wrong: list[str] = []
        for who, text, private in orders:
            before = len(server.network.lines)
            server.speak(server.people[who], text.replace("CODE", _code(server)), private=private)
            for _ in range(4):
                await asyncio.sleep(3)
                server.work()
            wrong += _manners(list(server.network.lines)[before:])
        return wrong + watched.verdict()


def _code(server: HonestServer) -> str:
    """The last one that was offered."""
    found = [code for line in server.network.lines for code in re.findall(r"PLAN (\w{4}) ", line)]
    return found[-1] if found else "ZZZZ"


def _manners(said: list[str]) -> list[str]:
    openly = [line for line in said if line.startswith("PRIVMSG #opers")]
    aside = [line for line in said if line.startswith("NOTICE ")]
    broken = [line for line in said if "failed inside" in line]
    return broken + (openly if len(openly) > IN_CHANNEL else []) + (aside if len(aside) > ASIDE else [])


def database(home: BotSettings) -> bytes:
    """What services keep."""
    site = home.sources["services"]
    assert isinstance(site, AthemeSite)
    return site.database.read_bytes()


def orders(lived_in: BotSettings) -> Callable[[], None]:
    """Nights without end."""
    order = st.tuples(st.sampled_from([0, 0, 1]), ORDERS | ORDERS | PLANS | WITH_A_CODE, st.booleans())

    @given(given_orders=st.lists(order, max_size=12))
    def one_night(given_orders: list[tuple[int, str, bool]]) -> None:
        before = database(lived_in)
        assert run_hurried(night(lived_in, given_orders)) == []
        assert database(lived_in) == before

    return one_night


def test_no_order_crashes_floods_or_changes_anything_unconfirmed(home: BotSettings) -> None:
    """The services database is compared byte for byte."""
    settings(max_examples=12)(orders(furnished(home)))()
