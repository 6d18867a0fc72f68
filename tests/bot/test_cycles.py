"""What a program that stays has lost sight of is let go of: dead cycles do not pile up for hours."""

import subprocess
import sys

_PROGRAM = """
import asyncio, gc, weakref
from bot import app
from bot.__main__ import look_seldom
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

look_seldom()
asyncio.run, run = lambda beginning: (beginning.close(), run(live())), asyncio.run
app.run(BotSettings.model_construct())
"""


def test_a_bot_that_stays_lets_go_of_what_is_dead_as_python_does() -> None:
    """A command does so hardly ever, since it is gone in a second; the bot would keep a day's dead connections."""
    told = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True, timeout=60)
    assert told.stdout == "looked for, beside True\n"
