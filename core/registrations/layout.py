"""Where services would print a row: one pass over a living database, then any number of questions."""

from dataclasses import dataclass, field

from core.domain.errors import PlanOutdated
from core.formats.atheme import Database, Row
from core.formats.atheme import field as word
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
# Rows that go into the block of something that is there: the block's place, and its rows in their order.
_BLOCKS = {
    Place.OWN: (Place.ACCOUNT, (b"MU", b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP")),
    Place.GROUP_PROPERTY: (Place.GROUP, (b"GRP", b"MDG")),
    Place.CHANNEL_PROPERTY: (Place.CHANNEL, (b"MC", b"CA", b"MDA", b"MDC")),
}
_BY_KEY = frozenset({b"MDU", b"MDG", b"MDC"})  # sorted by their keys, without case
_LIST = frozenset({b"CA", b"MDA"})  # an entry and its properties take turns


@dataclass(slots=True)
class Layout:
    """Indexes into the rows of one database."""

    rows: tuple[Row, ...]
    names: dict[Place, list[tuple[int, bytes]]] = field(default_factory=dict)
    ends: dict[Place, int] = field(default_factory=dict)  # behind the last row of the section, or of those before
    kinds: dict[bytes, int] = field(default_factory=dict)  # behind the last row of the kind
    bans: int | None = None  # the KID row: operators stand before it
    channels: dict[bytes, list[int]] = field(default_factory=dict)  # behind MC, and behind the last access entry

    def index(self, insertion: Insertion, living: Living) -> int:
        """The row before which it comes in; the number of rows is the end."""
        first = insertion.rows[0].split(b" ")
        if insertion.place is Place.KIND:
            return self._behind_kind(first[0])
        if insertion.place in _BLOCKS:
            return self._within(insertion, living)
        if insertion.place in {Place.ACCESS, Place.FOUNDER}:
            places = self.channels.get(living.fold(first[1]))
            if places is None:
                raise PlanOutdated("a channel of the plan is gone", hint="ask for the restore again")
            return places[0 if insertion.place is Place.FOUNDER else 1]
        name = living.fold(first[_NAMED[insertion.place]])
        names = self.names.get(insertion.place, [])
        later = (index for index, other in names if other > name)
        return next(later, self.ends.get(insertion.place, 0))

    def _within(self, insertion: Insertion, living: Living) -> int:
        """In the block of its owner, behind the rows that services print before it."""
        place, kinds = _BLOCKS[insertion.place]
        owner = living.fold(insertion.rows[0].split(b" ", 2)[1])
        start = next((index for index, name in self.names.get(place, []) if name == owner), None)
        if start is None:
            raise PlanOutdated("what a row of the plan belongs to is gone", hint="ask for the restore again")
        wanted = block_order(insertion.rows[0], kinds)
        for index in range(start + 1, len(self.rows)):
            row = self.rows[index]
            if row.kind not in kinds[1:] or block_order(row.raw, kinds) > wanted:
                return index
        return len(self.rows)

    def _behind_kind(self, kind: bytes) -> int:
        if kind in self.kinds:
            return self.kinds[kind]
        return self.bans if kind == b"SO" and self.bans is not None else len(self.rows)


def block_order(raw: bytes, kinds: tuple[bytes, ...]) -> tuple[int, bytes]:
    """Where a row stands in the block of its owner."""
    fields = raw.split(b" ", 3)
    kind = fields[0].upper()
    rank = kinds.index(b"CA") if kind in _LIST else kinds.index(kind)
    return rank, fields[2].upper() if kind in _BY_KEY and len(fields) > 2 else b""  # noqa: PLR2004 — the key's place


def layout_of(database: Database, living: Living) -> Layout:
    """Read it once."""
    layout = Layout(rows=database.rows, names={place: [] for place in _SECTIONS})
    last: dict[bytes, int] = {}
    for index, row in enumerate(database.rows):
        kind = row.kind
        last[kind] = index
        if kind in _SORTED:
            place, at = _SORTED[kind]
            layout.names[place].append((index, living.fold(word(row, at))))
            if kind == b"MC":
                layout.channels[living.fold(word(row, 1))] = [index + 1, index + 1]
        elif kind in _LIST:
            places = layout.channels.get(living.fold(word(row, 1)))
            if places is not None:
                places[1] = index + 1
        elif kind == b"KID" and layout.bans is None:
            layout.bans = index
    layout.kinds = {kind: index + 1 for kind, index in last.items()}
    for place, kinds in _SECTIONS.items():
        layout.ends[place] = max((layout.kinds.get(kind, 0) for kind in kinds), default=0)
    return layout
