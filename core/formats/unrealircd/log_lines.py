"""What UnrealIRCd says of a configuration, as its log has it: which lines are errors, and how they are told on.

Its words may quote the configuration, and the configuration holds passwords: what could be quoted is left out.
"""

import re
from collections.abc import Iterable

_ERROR = re.compile(r"(?:\x1b\[[0-9;]*m)*\[(?:error|fatal)\](?:\x1b\[[0-9;]*m)*\s*(.*)", re.IGNORECASE)
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f\x7f]")
_QUOTED = re.compile(r"'[^']*'?|\"[^\"]*\"?")
_VALUE = re.compile(
    r"\b((?:directive|value|password|option|block|item|variable|entry)s?:?)\s+(?!of\b|in\b|for\b|is\b)\S+",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(?:\S*/)?([\w.-]+\.\w+:\d+):?")  # unrealircd.conf:12
_SAFE = re.compile(r"[(\[]?[A-Za-z]{1,14}(?:[-'][a-z]{1,12}|::[a-z-]{1,30})*[).,:;!?\]]*|\d{1,5}[.,:)]?")
_TOLD = 3
_LONGEST = 120


def errors_in(lines: Iterable[str]) -> tuple[str, ...]:
    """The errors among those lines, without what they quote; () where there are none."""
    found = (_ERROR.search(line) for line in lines)
    return tuple(tellable(error[1]) for error in found if error is not None)


def told(errors: tuple[str, ...]) -> str:
    """The first of them as one text, and how many more there are."""
    more = f" and {len(errors) - _TOLD:,} more" if len(errors) > _TOLD else ""
    return " / ".join(errors[:_TOLD]) + more


def tellable(text: str) -> str:
    """A line without what it may quote of a configuration: quoted words, and words that may be anything."""
    text = _QUOTED.sub("'…'", _ESCAPES.sub("", text))
    text = _VALUE.sub(r"\1 …", text)
    words = [_place(word) or (word if word in {"'…'", "…"} or _SAFE.fullmatch(word) else "…") for word in text.split()]
    return " ".join(words)[:_LONGEST]


def _place(word: str) -> str:
    place = _PLACE.fullmatch(word)
    return f"{place[1]}:" if place is not None else ""
