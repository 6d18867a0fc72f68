"""When so much changed at once that somebody should look: a takeover, a script that went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

_ENOUGH = 5  # of these even a large share of a small network is worth a look
_MANY = 20  # beyond the usual
_KNOWN = 20  # comparisons, before which nothing is usual
_WORDS = {
    "founders": ("channel changed founder", "channels changed founder"),
    "access": ("access entry changed", "access entries changed"),
    "accounts": ("account was dropped", "accounts were dropped"),
    "channels": ("channel was dropped", "channels were dropped"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MassLimits:
    """From when on a change is a mass change."""

    percent: int = 20  # of all that there are
    times: int = 10  # as many as all but a few comparisons before it had


USUAL = MassLimits()


def is_mass(number: int, there: int, before: Sequence[int], limits: MassLimits = USUAL) -> bool:
    """Whether `number` of `there` is far more than there were in the comparisons `before`, or a great share of all."""
    if number >= _ENOUGH and number * 100 >= there * limits.percent:
        return True
    return len(before) >= _KNOWN and number >= _MANY and number > limits.times * max(1, usual(before))


def usual(before: Sequence[int]) -> int:
    """What all but one of twenty comparisons do not exceed: one night of a purge does not make it usual."""
    return sorted(before)[int(len(before) * 0.95) - 1] if before else 0


def told(kind: str, number: int) -> str:
    """In words: "62 channels changed founder"."""
    one, many = _WORDS[kind]
    return f"{number:,} {one if number == 1 else many}"
