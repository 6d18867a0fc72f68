"""What changed between two databases, in people's terms."""

from collections.abc import Iterator

from core.domain.casemapping import Casemapping
from core.formats.atheme import Database, Row, field
from core.registrations.change import Change, Detail, Difference
from core.registrations.difference_accounts import account_changes, nick_changes, operator_changes
from core.registrations.difference_places import channel_changes, group_changes
from core.registrations.living import Living
from core.registrations.sides import Sides, fate, value
from core.registrations.words import shown

_BANS = {b"KL": ("akill", 6), b"XL": ("ban of a real name", 5), b"QL": ("ban of a name", 5)}
_TOLD = frozenset(b"MU MDU ME MI AC MN MCFP MC CA MDA MDC GRP MDG GACL SO NAM KL XL QL".split())
# The head, counters and settings of services: they say how the file was written, and not what anybody did.
_SILENT = frozenset(b"GRVER DBV LUID CF TS KID XID QID GDBV GFA BOT-COUNT CLONES-DBV CFDBV SU DE".split()) | {b""}
_WORDS = {
    b"MDEP": "modules", b"MDN": "properties of kept names", b"SI": "services ignores", b"MM": "marks by staff",
    b"RM": "kept marks", b"BE": "banned e-mails", b"CSREQ": "channel requests", b"HR": "vhost requests",
    b"HO": "vhost offers", b"HE": "help tickets", b"BOT": "bots", b"LI": "news", b"LIO": "news for opers",
    b"RW": "watches", b"RR": "actions of watches", b"CLONES-EX": "clone exemptions", b"CFCHAN": "chanfix channels",
    b"CFOP": "chanfix scores", b"JR": "join rates",
}  # fmt: skip


def compare(before: Database, after: Database, *, casemapping: Casemapping) -> Difference:
    """Everything that differs, whatever the state of either. The same database differs in nothing from itself."""
    sides = Sides(Living(before, casemapping), Living(after, casemapping))
    changes = [
        *operator_changes(sides),
        *account_changes(sides),
        *nick_changes(sides),
        *channel_changes(sides),
        *group_changes(sides),
        *_ban_changes(sides),
        *_kept_names(sides),
    ]
    changes.sort(key=lambda change: change.rank)
    volatile = {what: number for what, number in sorted(sides.volatile.items()) if number}
    return Difference(changes=tuple(changes), volatile=volatile, others=_others(sides))


def _ban_changes(sides: Sides) -> Iterator[Change]:
    """Network bans, by their numbers: whom they are for is an address."""
    for kind, (word, setter) in _BANS.items():
        known = tuple(frozenset(field(row, 1) for row in side.rows(kind)) for side in (sides.before, sides.after))
        for (number,), pair in sides.pairs(kind, 1).items():
            was, now = (b"" if row is None else field(row, setter) for row in pair)
            details = value("set by", was, now) or [Detail(what="terms")]
            yield Change(
                thing="ban",
                name=f"{word} {shown(number)}",
                happening=fate(number, pair, *known),
                details=tuple(details),
            )


def _kept_names(sides: Sides) -> Iterator[Change]:
    """Names that were dropped while marked: services keep the mark for whoever registers them next."""
    known = tuple(
        frozenset(side.fold(field(row, 1)) for row in side.rows(b"NAM")) for side in (sides.before, sides.after)
    )
    for (name,), pair in sides.pairs(b"NAM", 1).items():
        row = pair[1] or pair[0]
        spelt = shown(field(row, 1)) if row is not None else ""
        yield Change(thing="kept name", name=spelt, happening=fate(name, pair, *known))


def _others(sides: Sides) -> dict[str, tuple[int, int]]:
    """Rows that only staff know by name: how many went and came."""
    found = {}
    kinds = {row.kind for side in (sides.before, sides.after) for row in side.database.rows}
    for kind in sorted(kinds - _TOLD - _SILENT):
        went, came = sides.only(kind)
        if went or came:
            found[_WORDS.get(kind, f"{shown(kind)} rows")] = (len(went), len(came))
    was, now = (_unreadable(side, kinds) for side in (sides.before, sides.after))
    if was != now:
        found["rows that cannot be read"] = (max(0, was - now), max(0, now - was))
    return found


def _unreadable(side: Living, kinds: set[bytes]) -> int:
    rows: tuple[Row, ...] = side.database.rows
    return len(rows) - sum(len(side.rows(kind)) for kind in kinds)
