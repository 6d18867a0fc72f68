"""From the words behind `!restore database`, `tls`, `config`, `ircd` and `files` to what is wanted."""

from bot.chat.command import Command, Misused
from bot.chat.grouping import groups
from bot.chat.nearest import unknown_word
from core.domain.moment import EXAMPLES
from core.domain.thing import Thing, ThingWish

_OF_ALL = frozenset({"from", "of", "anyway"})
_OF_TREES = _OF_ALL | {"exact"}


def read_thing_wish(args: tuple[str, ...], thing: Thing, command: Command) -> tuple[ThingWish, str | None]:
    """What the words mean, and from when: a time or an id as it was typed, or None.

    Raises:
        Misused: they mean nothing; it says which of them.
    """
    found: dict[str, list[str]] = {}
    for word, values, place in groups(args, _OF_ALL if thing == "database" else _OF_TREES, first=0):
        if word in found and word != "anyway":
            raise Misused(f"{word} stands there twice")
        _must_fit(word, values, place, thing, command)
        found[word] = [*found.get(word, []), *values]
    if thing == "files" and not found.get(""):
        raise Misused
    wish = ThingWish(
        thing=thing,
        source="".join(found.get("of", [])),
        paths=tuple(found.get("", [])),
        exact="exact" in found,
        anyway=frozenset(item.lower() for item in found.get("anyway", [])),
    )
    return wish, " ".join(found["from"]) if "from" in found else None


def _must_fit(word: str, values: list[str], place: int, thing: Thing, command: Command) -> None:
    """`place` is where the keyword stands; what is not understood is the word behind it."""
    strange = None
    if not word and thing == "database":
        strange = 0
    elif word == "of" and len(values) > 1:
        strange = 1
    elif word == "exact" and values:
        strange = 0
    if strange is not None:
        what = f"word {place + 1 + strange} behind {command.name} is not understood"
        raise Misused(what + unknown_word(values[strange], command))
    if word == "from" and not values:
        raise Misused(f"from needs a time or an id behind it: {EXAMPLES}")
    if word in {"of", "anyway"} and not values:
        raise Misused(f"{word} needs a name behind it")
