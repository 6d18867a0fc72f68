"""Registrations in words for people."""

from collections.abc import Sequence
from datetime import UTC, datetime


def shown(name: bytes) -> str:
    """A name as it may be shown: printable, short."""
    text = name.decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)[:60]


def plural(number: int, word: str) -> str:
    """How many of what: "1 nick", "2 nicks"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def date_of(epoch: bytes) -> str:
    """The day of a time in seconds, or "?" for what is none."""
    try:
        return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return "?"


def listed(items: Sequence[str], room: int) -> str:
    """As many items as fit into `room` characters, and how many more there are."""
    taken: list[str] = []
    for item in items:
        if taken and sum(map(len, taken)) + 2 * len(taken) + len(item) > room:
            return f"{', '.join(taken)} and {len(items) - len(taken)} more"
        taken.append(item[:room])
    return ", ".join(taken)
