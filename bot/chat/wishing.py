"""From the words behind `!restore user` to what is wanted: what, from when, and how to meet what is in the way."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.registrations.wish import Choice, Kind, Target, Wishes

_FLAGS = {"founded", "operator"}
_NAMING = {"as", "founder"}
_CHOICES: dict[str, Choice] = {"merge": "merge", "replace": "replace"}
_WORDS = frozenset({"from", *_FLAGS, *_NAMING, *_CHOICES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asked for, understood."""

    target: Target
    reference: str | None  # a time or an id, as it was typed
    wishes: Wishes


def read_wishes(args: tuple[str, ...], kind: Kind) -> Wanted | None:
    """What the words mean, or None where they mean nothing."""
    if not args:
        return None
    found: dict[str, list[str]] = {}
    choices: dict[str, Choice] = {}
    for word, values in _groups(args[1:]):
        if word in _CHOICES:
            if len(values) > 1:
                return None
            choices["".join(values)] = _CHOICES[word]
        elif word in found or not _fits(word, values):
            return None
        else:
            found[word] = values
    return Wanted(
        target=Target(kind=kind, name=args[0]),
        reference=" ".join(found["from"]) if "from" in found else None,
        wishes=Wishes(
            founded="founded" in found,
            operator="operator" in found,
            founder="".join(found.get("founder", [])),
            new_name="".join(found.get("as", [])),
            choices=choices,
        ),
    )


def _groups(words: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Each keyword with what follows it; what stands before the first one belongs to ""."""
    word, values = "", list[str]()
    for item in words:
        if item.lower() in _WORDS:
            if word or values:
                yield word, values
            word, values = item.lower(), []
        else:
            values.append(item)
    if word or values:
        yield word, values


def _fits(word: str, values: list[str]) -> bool:
    if word in _FLAGS:
        return not values
    if word in _NAMING:
        return len(values) == 1
    return word == "from" and bool(values)
