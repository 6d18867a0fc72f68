"""What a whole database's return means, in words: who comes back, who vanishes, who gets power."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.registrations.change import Change, Difference, Thing
from core.registrations.whole.stale import Stale
from core.registrations.words import counts, listed, plural

_ROOM = 300  # bytes of the names in one thought
_THINGS: tuple[tuple[Thing, str], ...] = (
    ("account", "account"),
    ("nick", "grouped nick"),
    ("channel", "channel"),
    ("group", "group"),
    ("ban", "ban"),
    ("kept name", "kept name"),
)
_REGISTERED = frozenset({"account", "nick", "channel", "group"})
_COUNTED = ("accounts", "nicks", "channels", "groups", "access", "operators", "akills")
_FEW = 10  # of fewer than these any number may go


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The parts of a plan."""

    coming_back: tuple[str, ...]
    going: tuple[str, ...]
    powers: tuple[str, ...]
    notes: tuple[str, ...]


def words_of(difference: Difference, *, then: Mapping[str, int], now: Mapping[str, int] | None) -> Words:
    """`difference` is from the living database to what comes back; `then` and `now` count what is in the two.

    `now` is None where the living database cannot be read: then everything comes back, and is only counted.
    """
    if now is None:
        counted = [f"{then[kind]:,} {kind}" for kind in _COUNTED if then.get(kind)]
        return Words(coming_back=tuple(counted), going=(), powers=tuple(_powers(difference)), notes=())
    came, went = (_named(difference, happening) for happening in ("registered", "dropped"))
    gone = [f"registered since: {text}" if thing in _REGISTERED else text for thing, text in went]
    others = _replaced(difference)
    shrinks = _shrinks(then, now)
    return Words(
        coming_back=(*(text for _, text in came), *([f"those of then: {others}"] if others else [])),
        going=(*shrinks, *gone, *([f"another of that name was registered since: {others}"] if others else [])),
        powers=tuple(_powers(difference)),
        notes=tuple(_notes(difference)),
    )


def stale_words(stale: Stale, *, keep_times: bool, nick_days: int, channel_days: int) -> tuple[str, ...]:
    """What the first sweep would drop, and what is done about it."""
    done = "their times stay: they are dropped" if keep_times else "their last use is set to now"
    told = []
    if stale.accounts:
        told.append(f"{_names('account', stale.accounts.values())}: unused for over {plural(nick_days, 'day')}; {done}")
    others = len(stale.nicks - stale.accounts.keys())
    if others:
        told.append(f"{plural(others, 'grouped nick')} unused for over {plural(nick_days, 'day')}; {done}")
    if stale.channels:
        told.append(
            f"{_names('channel', stale.channels.values())}: unused for over {plural(channel_days, 'day')}; {done}"
        )
    if stale.unverified:
        told.append(f"{_names('account', stale.unverified)}: e-mail never verified; dropped an hour after the start")
    return tuple(told)


def _names(word: str, names: Iterable[str]) -> str:
    known = sorted(names, key=str.lower)
    return f"{plural(len(known), word)}: {listed(known, _ROOM)}"


def _named(difference: Difference, happening: str) -> list[tuple[Thing, str]]:
    told: list[tuple[Thing, str]] = []
    for thing, word in _THINGS:
        names = [change.name for change in difference.changes if (change.thing, change.happening) == (thing, happening)]
        if names:
            told.append((thing, _names(word, names)))
    return told


def _replaced(difference: Difference) -> str:
    names = [f"{one.thing} {one.name}" for one in difference.changes if one.happening == "replaced"]
    return listed(names, _ROOM)


def _shrinks(then: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Loudly, since a copy of a database that was lost looks like one."""
    return [
        f"FAR FEWER {kind.upper()}: {then.get(kind, 0):,} in the snapshot, {now.get(kind, 0):,} live now"
        for kind in ("accounts", "channels", "groups")
        if now.get(kind, 0) >= _FEW and then.get(kind, 0) * 2 < now.get(kind, 0)
    ]


def _powers(difference: Difference) -> list[str]:
    operators = [f"{one.name} {_class(one)}".rstrip() for one in difference.changes if _is_made(one)]
    founders = [f"{one.name}: {text}" for one in difference.changes if (text := _founder(one))]
    others = [one.name for one in difference.changes if _proof_changes(one)]
    told = [f"services operators: {listed(operators, _ROOM)}"] if operators else []
    told += [f"founders: {listed(founders, _ROOM)}"] if founders else []
    told += [f"another password, e-mail or certificate: {_names('account', others)}"] if others else []
    return told


def _is_made(change: Change) -> bool:
    return change.thing == "operator" and change.happening != "dropped"


def _class(change: Change) -> str:
    return next((detail.after for detail in change.details if detail.what == "class"), "")


def _founder(change: Change) -> str:
    if change.thing not in {"channel", "group"} or change.happening == "dropped":
        return ""
    return next((detail.after for detail in change.details if detail.what == "founder"), "")


def _proof_changes(change: Change) -> bool:
    is_account = change.thing == "account" and change.happening == "changed"
    return is_account and any(detail.power for detail in change.details)


def _notes(difference: Difference) -> list[str]:
    gone = [one.name for one in difference.changes if (one.thing, one.happening) == ("operator", "dropped")]
    told = [f"no services operator any more: {listed(gone, _ROOM)}"] if gone else []
    changed = Counter(one.thing for one in difference.changes if one.happening == "changed")
    numbers = counts(*((changed[thing], word) for thing, word in _THINGS))
    return [*told, f"as they were then: {', '.join(numbers)}"] if numbers else told
