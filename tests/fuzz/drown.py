"""`python -m tests.fuzz.drown FOLDER [FLOOD …]`: pours floods over the whole bot; prints what it came to, as JSON."""

import asyncio
import json
import logging
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.config import BotSettings
from tests.fuzz.floods import BEFORE_WE_ARE_IN, FLOODS
from tests.fuzz.household import asks_for_a_login, household, lets_us_in, settings_of, tables, variant
from tests.fuzz.hurried import run_hurried
from tests.fuzz.unwired import UnwiredNetwork


def peak() -> int:
    """Kilobytes of memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def drown(home: BotSettings, flood: Iterator[bytes], *, way: str) -> dict[str, object]:
    """The bot is let in (or asked for a login), and then this comes; an hour later it is asked whether it lives."""
    network = UnwiredNetwork(asks_for_a_login if way == "sasl" else lets_us_in)
    async with household(variant(home, way), network) as watched:
        await asyncio.sleep(3)
        for chunk in flood:
            await network.pour(chunk)
            await asyncio.sleep(0)
        wrong = watched.verdict()
        largest = max(tables(watched.bot), key=lambda table: table[1])
        await asyncio.sleep(700)
        network.say(b"\r\nPING :still-there\r\n")
        await asyncio.sleep(1)
        answered = "PONG :still-there" in network.lines
        return {"wrong": wrong + watched.verdict(), "lives": answered, "largest": largest, "sent": network.count}


def main() -> None:
    """One line for each flood."""
    logging.getLogger().addHandler(logging.NullHandler())
    home = settings_of(Path(sys.argv[1]) / "network")
    run_hurried(drown(home, iter([b"PING :x\r\n"]), way="plain"))
    for name in sys.argv[2:] or FLOODS:
        before = peak()
        way = "sasl" if name in BEFORE_WE_ARE_IN else "plain"
        result = run_hurried(drown(home, FLOODS[name](), way=way))
        print(json.dumps({"flood": name, "grown": peak() - before, **result}), flush=True)


if __name__ == "__main__":
    main()
