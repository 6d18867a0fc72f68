"""From the words behind `!restore user` to what is wanted: what, from when, and how to meet what is in the way."""

from dataclasses import dataclass

from bot.chat.command import Command, Misused
from bot.chat.grouping import groups
from bot.chat.nearest import unknown_word
from core.domain.moment import EXAMPLES
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


def read_wishes(args: tuple[str, ...], kind: Kind, command: Command) -> Wanted:
    """What the words mean.

    Raises:
        Misused: they mean nothing; it says which of them.
    """
    if not args:
        raise Misused
    found: dict[str, list[str]] = {}
    choices: dict[str, Choice] = {}
    for word, values, place in groups(args, _WORDS, first=1):
        if word in _CHOICES and len(values) <= 1:
            choices["".join(values)] = _CHOICES[word]
        elif word in found:
            raise Misused(f"{word} stands there twice")
        else:
            _must_fit(word, values, place, command)
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


def _must_fit(word: str, values: list[str], place: int, command: Command) -> None:
    if not word or (word in _FLAGS and values) or (word in _CHOICES.keys() | _NAMING and len(values) > 1):
        strange = place + 1 + (word in _CHOICES or word in _NAMING)
        what = f"word {strange} behind {command.name} is not understood"
        raise Misused(what + unknown_word(values[strange - place - 1], command))
    if word in _NAMING and not values:
        raise Misused(f"{word} needs a name behind it")
    if word == "from" and not values:
        raise Misused(f"from needs a time or an id behind it: {EXAMPLES}")
