"""!restore all: the plan for the whole network, all of one moment."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.grouping import groups
from bot.chat.nearest import unknown_word
from bot.chat.recovering import propose_recovery
from bot.chat.reply import Reply
from core.domain.moment import EXAMPLES
from core.operations.recovery.terms import RecoveryWish

_KEYWORDS = frozenset({"from", "only", "with", "exact"})


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what, from when, what is stopped, and the code. Always two people."""
    wish = _read(request.args)
    async for reply in propose_recovery(wish, request.asker, desk, request.progress):
        yield reply


def _read(args: tuple[str, ...]) -> RecoveryWish:
    found: dict[str, list[str]] = {}
    for word, values, place in groups(args, _KEYWORDS, first=0):
        if not word or (word == "exact" and values):
            raise Misused(f"word {place + 1} behind {COMMAND.name} is not understood{unknown_word(values[0], COMMAND)}")
        if word in found:
            raise Misused(f"{word} stands there twice")
        if not values and word != "exact":
            raise Misused(f"{word} needs {f'a time or an id behind it: {EXAMPLES}' if word == 'from' else 'a name'}")
        found[word] = values
    return RecoveryWish(
        reference=" ".join(found["from"]) if "from" in found else None,
        only=_names(found.get("only", [])),
        also=_names(found.get("with", [])),
        exact="exact" in found,
    )


def _names(words: list[str]) -> tuple[str, ...]:
    return tuple(name for word in words for name in word.split(",") if name)


COMMAND = Command(
    words=("restore", "all"),
    role=Role.RESTORE,
    usage="[from WHEN|ID] [only THING|SOURCE …] [with logs] [exact]",
    summary="bring the whole network back, with everything stopped meanwhile; shows a plan first",
    example="!restore all from yesterday 21:00",
    run=run,
)
