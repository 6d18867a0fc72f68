"""What a program that stays has lost sight of is let go of: dead cycles do not pile up for hours."""

import asyncio
import subprocess
import sys
import weakref

from bot.cycles import Tidying
from core.formats.uncollected import uncollected

_PROGRAM = """
import asyncio, gc, weakref
from bot import app
from bot.__main__ import _SELDOM
from bot.config import BotSettings

class Node:
    pass

async def live():
    node = Node()
    node.itself, dead = node, weakref.ref(node)
    del node
    kept = [[] for _ in range(5_000)]
    assert dead() is None, "nobody looked for it"
    print("looked for, beside", gc.get_freeze_count() > 10_000)

gc.set_threshold(_SELDOM)
asyncio.run, run = lambda beginning: (beginning.close(), run(live())), asyncio.run
app.run(BotSettings.model_construct())
"""


def test_a_bot_that_stays_lets_go_of_what_is_dead_as_python_does() -> None:
    """A command does so hardly ever, since it is gone in a second; the bot would keep a day's dead connections."""
    told = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True, timeout=60)
    assert told.stdout == "looked for, beside True\n"


class _Held:
    """What a dead cycle holds: a database, say."""

    def __init__(self) -> None:
        self.itself = self


async def test_what_died_is_let_go_of_when_nothing_is_at_work() -> None:
    """While something is, the search would look through all of it, and the loop would stand."""
    idle = False
    with uncollected():  # nobody else looks
        dead = weakref.ref(_Held())
        tidying = asyncio.create_task(Tidying(lambda: idle, every_seconds=0.01).run())
        await asyncio.sleep(0.05)
        assert dead() is not None
        idle = True
        async with asyncio.timeout(10):
            while dead() is not None:  # noqa: ASYNC110 — nothing tells of it
                await asyncio.sleep(0.01)
        tidying.cancel()
