"""What became of channels, and of who may do what in them."""

from collections import Counter
from collections.abc import Iterator, Mapping

from core.formats.sqlite import Row
from core.formats.sqlite.model import as_bytes
from core.registrations.change import Change, Detail, Happening
from core.registrations.sides import counted, value
from core.registrations.tables import names
from core.registrations.tables.reading_rows import flags, gives_founder, is_same, registered
from core.registrations.tables.register import Register
from core.registrations.tables.row_details import Pair, details_of, fate_of, spelt_in
from core.registrations.tables.whereabouts import founders_of, spelt
from core.registrations.words import date_of

_POWER = frozenset("FfRS")  # letters with which somebody takes a channel or gives it away
_SILENT = frozenset({*names.FOUNDER, *names.CHANNEL_ID})  # told as the founder, or nobody's concern
_MASK = b"@"  # begins no folded account
Entries = Mapping[bytes, Row]


def channel_changes(before: Register, after: Register, volatile: Counter[str]) -> Iterator[Change]:
    """Channels that were registered, dropped, registered anew, or changed; and their lists."""
    tables = (before.tables.channels, after.tables.channels)
    for name in sorted(before.channels.keys() | after.channels.keys()):
        pair = (before.channels.get(name), after.channels.get(name))
        entries = [_entries(side, name) for side in (before, after)]
        happening, details = _channel(before, after, pair, volatile)
        details += _founders(before, after, name)
        if happening == "changed":
            details += _access(before, after, entries[0], entries[1])
        else:
            details += counted("access entries", len(entries[0]), len(entries[1]))
        if happening != "changed" or details:
            known_as = spelt_in(tables, pair, names.CHANNEL)
            yield Change(thing="channel", name=known_as, happening=happening, details=tuple(details))


def _channel(before: Register, after: Register, pair: Pair, volatile: Counter[str]) -> tuple[Happening, list[Detail]]:
    old, new = pair
    if old is None or new is None:
        return fate_of(pair), []
    tables = (before.tables.channels, after.tables.channels)
    if not is_same(tables[0], old, tables[1], new):
        was, now = (
            date_of(as_bytes(registered(table, row))).encode() for table, row in zip(tables, (old, new), strict=True)
        )
        return "replaced", value("registered", was, now) or [Detail(what="registered")]
    return "changed", details_of(tables, (old, new), volatile, silent=_SILENT)


def _founders(before: Register, after: Register, channel: bytes) -> list[Detail]:
    was, now = (founders_of(side, channel) for side in (before, after))
    lost = ", ".join(spelt(before, one) for one in was if one not in now)
    won = ", ".join(spelt(after, one) for one in now if one not in was)
    return [Detail(what="founder", before=lost, after=won, power=True)] if lost or won else []


def _entries(register: Register, channel: bytes) -> Entries:
    """The rows of its list, by the folded account; those of hostmasks and the like by what they say."""
    table = register.tables.access
    found: dict[bytes, Row] = {}
    for row in register.access_in(channel):
        mask = (
            [as_bytes(item) for column, item in table.items(row) if column.name.lower() in names.ENTITY]
            if table
            else []
        )
        found[register.entity(row) or b" ".join([_MASK, *mask])] = row
    return found


def _access(before: Register, after: Register, was: Entries, now: Entries) -> Iterator[Detail]:
    """Everybody's flags, but for founders, of whom all is said. Hostmasks are only counted: they are addresses."""
    gone = came = 0
    for who in sorted(was.keys() | now.keys()):
        pair = (was.get(who), now.get(who))
        held = tuple(_held(side, row) for side, row in zip((before, after), pair, strict=True))
        if held[0] == held[1]:
            continue
        if who.startswith(_MASK):
            gone, came = gone + bool(held[0]), came + bool(held[1])
        elif all(held) or not (_founds(before, pair[0]) or _founds(after, pair[1])):
            yield _entry(spelt(after if held[1] else before, who), held)
    yield from counted("hostmasks", gone, came)


def _held(register: Register, row: Row | None) -> str:
    return "" if row is None else flags(register.tables.access, row) or "an entry"


def _founds(register: Register, row: Row | None) -> bool:
    return row is not None and gives_founder(register.tables.access, row)


def _entry(who: str, held: tuple[str, ...]) -> Detail:
    power = bool(_POWER & (set(held[0]) ^ set(held[1])))
    return Detail(what=f"access of {who}", before=held[0], after=held[1], power=power)


def homeless(register: Register) -> Counter[object]:
    """Access rows of channels that are not there."""
    table = register.tables.access
    rows = table.rows if table is not None else ()
    return Counter(repr(row.values) for row in rows if register.channel_of(row) not in register.channels)
