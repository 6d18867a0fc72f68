"""How often Python looks for dead cycles: hardly ever in what is gone in a second, as usual in what stays."""

import gc

_SELDOM = 50_000  # new containers between two looks: with Python's own number the imports are looked through 200 times
_USUAL = 700


def look_seldom() -> None:
    """For one verb, as a whole program."""
    gc.set_threshold(_SELDOM)


def look_as_usual() -> None:
    """For the bot: what is dead is let go of, for months. What was loaded until now stays, and costs no look a moment.

    A dead cycle may hold anything, of the memory of a lost connection to a whole database of a restore that failed.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_USUAL)
