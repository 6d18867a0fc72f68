"""A difference in few words: how much of what, and the names that matter most."""

from collections.abc import Iterator

from core.registrations.change import Change, Difference, Thing
from core.registrations.words import clipped, listed

_LINE = 340  # bytes: what fits into one IRC line with its sender
_THINGS: tuple[Thing, ...] = ("operator", "account", "nick", "channel", "group", "ban", "kept name")
_POWER = 1  # ranks up to this one
_REPLACED, _DROPPED, _REGISTERED = 2, 3, 4


def totals(difference: Difference) -> str:
    """How many of each: "1 account registered, 2 dropped · 1 channel changed", or "nothing"."""
    return " · ".join(_totals(difference)) or "nothing that anybody did"


def _totals(difference: Difference) -> Iterator[str]:
    for thing in _THINGS:
        words = [change.word for change in difference.changes if change.thing == thing]
        if words:
            parts = [f"{words.count(word):,} {word}" for word in dict.fromkeys(words)]
            yield f"{thing}s: {', '.join(parts)}"


def by_itself(difference: Difference) -> str:
    """What changes while people only come and go, and what only staff know by name."""
    parts = [f"{what} {number:,}" for what, number in difference.volatile.items()]
    for what, (went, came) in difference.others.items():
        moved = [f"{came:,} new"] if came else []
        moved += [f"{went:,} gone"] if went else []
        parts.append(f"{what}: {', '.join(moved)}")
    return " · ".join(parts)


def headlines(difference: Difference) -> tuple[str, ...]:
    """At most two lines for a channel, power first."""
    power = [_brief(change) for change in difference.changes if change.rank <= _POWER]
    lines = [f"! {listed(power, _LINE - 20)}"] if power else []
    parts = []
    for rank, mark in ((_REPLACED, "another of that name"), (_DROPPED, "- dropped"), (_REGISTERED, "+ registered")):
        names = [change.name for change in difference.changes if change.rank == rank]
        if names:
            parts.append(f"{mark}: {listed(names, _LINE // 4)}")
    if parts:
        lines.append(" · ".join(parts))
    return tuple(clipped(line, _LINE) for line in lines)


def _brief(change: Change) -> str:
    """Only what gives or takes power, and of a new founder not also the letters."""
    if change.thing == "operator":
        return change.title
    power = [detail for detail in change.details if detail.power]
    founder = [detail for detail in power if detail.what == "founder"]
    return f"{change.name}: {'; '.join(map(str, founder or power))}"
