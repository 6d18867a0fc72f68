"""What became of channels and groups, and of who may do what in them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from core.formats.atheme import Row, field
from core.registrations.change import Change, Detail, Happening, Thing
from core.registrations.difference_accounts import property_details
from core.registrations.setters import UNKNOWN, Setter, of_entries, of_entry
from core.registrations.sides import Pair, Sides, counted, fate, letters, value
from core.registrations.words import date_of, shown

_POWER = frozenset(b"FfRS")  # letters with which somebody takes a channel or gives it away


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grammar:
    """Where things stand in the rows of one kind of place."""

    thing: Thing
    row: bytes
    name: int
    registered: int
    flags: int
    access: bytes
    properties: bytes


_CHANNELS = _Grammar(thing="channel", row=b"MC", name=1, registered=2, flags=4, access=b"CA", properties=b"MDC")
_GROUPS = _Grammar(thing="group", row=b"GRP", name=2, registered=3, flags=4, access=b"GACL", properties=b"MDG")


def channel_changes(sides: Sides) -> Iterator[Change]:
    """Channels that were registered, dropped, registered anew, or changed."""
    notes = {key[0] for key in sides.pairs(b"MDA", 1, 2, 3)}
    yield from _changes(sides, _CHANNELS, sides.before.channels, sides.after.channels, notes)


def group_changes(sides: Sides) -> Iterator[Change]:
    """Groups, in the same way."""
    yield from _changes(sides, _GROUPS, sides.before.groups, sides.after.groups, set())


def _changes(
    sides: Sides, grammar: _Grammar, before: Mapping[bytes, Row], after: Mapping[bytes, Row], notes: set[bytes]
) -> Iterator[Change]:
    rows = {key[0]: pair for key, pair in sides.pairs(grammar.row, grammar.name).items()}
    access = _access(sides, grammar)
    properties = property_details(sides, grammar.properties)
    for name in sorted(rows.keys() | access.keys() | properties.keys() | notes):
        pair = rows.get(name, (None, None))
        happening, details = _place(sides, grammar, pair, fate(name, pair, before, after))
        entries = access.get(name, {})
        if happening == "changed":
            details += [*_founders(entries), *_entries(sides, entries), *properties.get(name, ())]
            details += [Detail(what="reason of a ban")] if name in notes else []
        else:
            details += [*_founders(entries), *counted("access entries", *_sizes(entries))]
        if happening != "changed" or details:
            stored = after.get(name) or before.get(name)
            spelt = shown(field(stored, grammar.name) if stored is not None else name)
            yield Change(thing=grammar.thing, name=spelt, happening=happening, details=tuple(details))


def _place(sides: Sides, grammar: _Grammar, pair: Pair, happening: Happening) -> tuple[Happening, list[Detail]]:
    old, new = pair
    if old is None or new is None:
        return happening, [Detail(what="row")] if old is not new and happening == "changed" else []
    was, now = old.fields, new.fields
    if was[grammar.registered] != now[grammar.registered]:
        days = (date_of(fields[grammar.registered]).encode() for fields in (was, now))
        return "replaced", value("registered", *days) or [Detail(what="registered")]
    details = value("name", was[grammar.name], now[grammar.name])
    details += value("flags", letters(was[grammar.flags]), letters(now[grammar.flags]))
    if grammar is _CHANNELS:
        sides.used((old, new), 3)
        details += [Detail(what="mode lock")] if was[5:9] != now[5:9] else []  # a channel key may stand in it
    else:
        details += value("uid", was[1], now[1])
    return happening, details


def _access(sides: Sides, grammar: _Grammar) -> dict[bytes, dict[bytes, Pair]]:
    found: dict[bytes, dict[bytes, Pair]] = defaultdict(dict)
    for (name, target), pair in sides.pairs(grammar.access, 1, 2).items():
        found[name][target] = pair
    return found


def _held(pair: Pair) -> tuple[bytes, bytes]:
    """The flags before and after; b"" where there is no entry."""
    was, now = (b"" if row is None else letters(field(row, 3)) for row in pair)
    return was, now


def _target(pair: Pair) -> str:
    row = pair[1] or pair[0]
    return "" if row is None else shown(field(row, 2))


def _founders(entries: Mapping[bytes, Pair]) -> list[Detail]:
    lost, won, pairs = [], [], list[Pair]()
    for pair in entries.values():
        was, now = _held(pair)
        if b"F" in was and b"F" not in now:
            lost.append(_target(pair))
        elif b"F" in now and b"F" not in was:
            won.append(_target(pair))
            pairs.append(pair)
    if not lost and not won:
        return []
    setter = of_entries(pairs)
    names = ", ".join(lost), ", ".join(won)
    return [Detail(what="founder", before=names[0], after=names[1], power=True, by=setter.by, at=setter.at)]


def _entries(sides: Sides, entries: Mapping[bytes, Pair]) -> Iterator[Detail]:
    """Everybody's flags, but for those of whom "founder" has said all. Hostmasks are counted: they are addresses."""
    masks = {}
    for target, pair in entries.items():
        was, now = _held(pair)
        if was == now:
            sides.volatile["setters and times of access"] += 1
        elif b"@" in target:
            masks[target] = pair
        elif not (b"F" in was and not now) and not (b"F" in now and not was):
            power = bool(_POWER & (set(was) ^ set(now)))
            yield from _set_by(of_entry(pair), value(f"access of {_target(pair)}", was, now, power=power))
    # Only where none is gone: who took it away is nowhere written.
    setter = of_entries(masks.values()) if all(new is not None for _, new in masks.values()) else UNKNOWN
    yield from _set_by(setter, counted("hostmasks", *_sizes(masks)))


def _set_by(setter: Setter, details: Iterable[Detail]) -> Iterator[Detail]:
    return (replace(detail, by=setter.by, at=setter.at) for detail in details)


def _sizes(entries: Mapping[bytes, Pair]) -> tuple[int, int]:
    """How many went, and how many came."""
    pairs = entries.values()
    return sum(old is not None for old, _ in pairs), sum(new is not None for _, new in pairs)
