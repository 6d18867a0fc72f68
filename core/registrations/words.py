"""Registrations in words for people."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.formats.atheme import shown

__all__ = ["NAMES_ROOM", "clipped", "counts", "date_of", "listed", "plural", "shown"]

NAMES_ROOM = 160  # bytes of a list of names


def plural(number: int, word: str) -> str:
    """How many of what: "1 nick", "2 nicks", "2 entries"."""
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word.removesuffix('y')}ies" if word.endswith("y") else f"{number:,} {word}s"


def counts(*numbers: tuple[int, str]) -> list[str]:
    """How many of each, without those of which there is none."""
    return [plural(number, word) for number, word in numbers if number]


def date_of(epoch: bytes) -> str:
    """The day of a time in seconds, or "?" for what is none."""
    try:
        return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return "?"


def listed(items: Sequence[str], room: int) -> str:
    """As many items as fit into `room` bytes, and how many more there are."""
    taken: list[str] = []
    used = 0
    for item in items:
        size = len(item.encode()) + 2
        if taken and used + size > room:
            return f"{', '.join(taken)} and {len(items) - len(taken)} more"
        taken.append(clipped(item, room))
        used += size
    return ", ".join(taken)


def clipped(text: str, room: int) -> str:
    """At most `room` bytes, never half a character."""
    if len(text.encode()) <= room:
        return text
    return text.encode()[: room - 3].decode("utf-8", "ignore") + "…"
