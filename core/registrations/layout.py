"""Where services would print a row."""

from collections.abc import Iterator

from core.domain.errors import PlanOutdated
from core.formats.atheme import field
from core.registrations.living import Living
from core.registrations.row_plan import Insertion, Place

_HEAD = frozenset({b"GRVER", b"DBV", b"MDEP", b"LUID", b"CF", b"TS"})
_ACCOUNT = frozenset({b"MU", b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP"}) | _HEAD
_GROUP = frozenset({b"GDBV", b"GFA", b"GRP", b"MDG"}) | _ACCOUNT
_MEMBER = frozenset({b"GACL"}) | _GROUP
_CHANNEL = frozenset({b"MC", b"CA", b"MDA", b"MDC"}) | _MEMBER
_KEPT = frozenset({b"NAM", b"MDN"}) | _CHANNEL
_SECTIONS = {
    Place.ACCOUNT: _ACCOUNT,
    Place.GROUP: _GROUP,
    Place.MEMBER: _MEMBER,
    Place.CHANNEL: _CHANNEL,
    Place.KEPT: _KEPT,
}
# What is sorted by folded name, and where the name stands.
_SORTED = {
    b"MU": (Place.ACCOUNT, 2),
    b"GRP": (Place.GROUP, 2),
    b"GACL": (Place.MEMBER, 1),
    b"MC": (Place.CHANNEL, 1),
    b"NAM": (Place.KEPT, 1),
}
_NAMED = dict(_SORTED.values())
_KINDS = {place: kind for kind, (place, _) in _SORTED.items()}
# Rows that go into the block of something that is there: the block's place, and its rows in their order.
_BLOCKS = {
    Place.OWN: (Place.ACCOUNT, (b"MU", b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP")),
    Place.GROUP_PROPERTY: (Place.GROUP, (b"GRP", b"MDG")),
    Place.CHANNEL_PROPERTY: (Place.CHANNEL, (b"MC", b"CA", b"MDA", b"MDC")),
}
_BY_KEY = frozenset({b"MDU", b"MDG", b"MDC"})  # sorted by their keys, without case
_LIST = frozenset({b"CA", b"MDA"})  # an entry and its properties take turns
_AGAIN = "ask for the restore again"


class Layout:
    """Indexes into the rows of one database: what nobody asks for is not looked for."""

    def __init__(self, living: Living) -> None:
        self._living = living
        self._rows = living.database.rows

    def index(self, insertion: Insertion) -> int:
        """The row before which it comes in; the number of rows is the end."""
        first = insertion.rows[0].split(b" ")
        if insertion.place is Place.KIND:
            return self._behind_kind(first[0])
        if insertion.place in _BLOCKS:
            return self._within(insertion)
        if insertion.place in {Place.ACCESS, Place.FOUNDER}:
            return self._in_list(self._living.fold(first[1]), first=insertion.place is Place.FOUNDER)
        name = self._living.fold(first[_NAMED[insertion.place]])
        later = (index for index, other in self._names(insertion.place) if other > name)
        return next(later, self._end(insertion.place))

    def _names(self, place: Place) -> Iterator[tuple[int, bytes]]:
        """The index and folded name of everything that is sorted there, in the order of the file."""
        kind, at = _KINDS[place], _NAMED[place]
        living = self._living
        folded = {Place.ACCOUNT: living.accounts, Place.GROUP: living.groups, Place.CHANNEL: living.channels}.get(place)
        if folded is not None:  # folded already, for other questions
            return ((row.line - 1, name) for name, row in folded.items())
        return ((row.line - 1, living.fold(field(row, at))) for row in living.rows(kind))

    def _end(self, place: Place) -> int:
        """Behind the last row of the section, or of those before it."""
        return max(self._behind(kind) or 0 for kind in _SECTIONS[place])

    def _behind(self, kind: bytes) -> int | None:
        rows = self._living.rows(kind)
        return rows[-1].line if rows else None

    def _in_list(self, channel: bytes, *, first: bool) -> int:
        """Behind a channel's MC row, or behind the last entry of its list."""
        row = self._living.channels.get(channel)
        if row is None:
            raise PlanOutdated("a channel of the plan is gone", hint=_AGAIN)
        if first:
            return row.line
        entries = [entry for kind in _LIST for entry in self._living.naming(kind, 1, channel)]
        return max([row.line, *(entry.line for entry in entries)])

    def _within(self, insertion: Insertion) -> int:
        """In the block of its owner, behind the rows that services print before it."""
        place, kinds = _BLOCKS[insertion.place]
        owner = self._living.fold(insertion.rows[0].split(b" ", 2)[1])
        start = next((index for index, name in self._names(place) if name == owner), None)
        if start is None:
            raise PlanOutdated("what a row of the plan belongs to is gone", hint=_AGAIN)
        wanted = block_order(insertion.rows[0], kinds)
        for index in range(start + 1, len(self._rows)):
            row = self._rows[index]
            if row.kind not in kinds[1:] or block_order(row.raw, kinds) > wanted:
                return index
        return len(self._rows)

    def _behind_kind(self, kind: bytes) -> int:
        behind = self._behind(kind)
        if behind is not None:
            return behind
        bans = self._living.rows(b"KID")  # operators stand before them
        return bans[0].line - 1 if kind == b"SO" and bans else len(self._rows)


def block_order(raw: bytes, kinds: tuple[bytes, ...]) -> tuple[int, bytes]:
    """Where a row stands in the block of its owner."""
    fields = raw.split(b" ", 3)
    kind = fields[0].upper()
    rank = kinds.index(b"CA") if kind in _LIST else kinds.index(kind)
    return rank, fields[2].upper() if kind in _BY_KEY and len(fields) > 2 else b""  # noqa: PLR2004 — the key's place
