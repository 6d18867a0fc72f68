"""Where services would print a row: one pass over a living database, then any number of questions."""

from dataclasses import dataclass, field

from core.domain.errors import PlanOutdated
from core.formats.atheme import Database
from core.formats.atheme import field as word
from core.registrations.account_plan import Insertion, Place
from core.registrations.living import Living

_HEAD = frozenset({b"GRVER", b"DBV", b"MDEP", b"LUID", b"CF", b"TS"})
_ACCOUNT = frozenset({b"MU", b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP"}) | _HEAD
_GROUP = frozenset({b"GDBV", b"GFA", b"GRP", b"MDG"}) | _ACCOUNT
_MEMBER = frozenset({b"GACL"}) | _GROUP
_CHANNEL = frozenset({b"MC", b"CA", b"MDA", b"MDC"}) | _MEMBER
_SECTIONS = {Place.ACCOUNT: _ACCOUNT, Place.GROUP: _GROUP, Place.MEMBER: _MEMBER, Place.CHANNEL: _CHANNEL}
# What is sorted by folded name, and where the name stands.
_SORTED = {
    b"MU": (Place.ACCOUNT, 2),
    b"GRP": (Place.GROUP, 2),
    b"GACL": (Place.MEMBER, 1),
    b"MC": (Place.CHANNEL, 1),
}
_NAMED = dict(_SORTED.values())


@dataclass(slots=True)
class Layout:
    """Indexes into the rows of one database."""

    size: int
    names: dict[Place, list[tuple[int, bytes]]] = field(default_factory=dict)
    ends: dict[Place, int] = field(default_factory=dict)  # behind the last row of the section, or of those before
    kinds: dict[bytes, int] = field(default_factory=dict)  # behind the last row of the kind
    bans: int | None = None  # the KID row: operators stand before it
    channels: dict[bytes, list[int]] = field(default_factory=dict)  # behind MC, and behind the last access entry

    def index(self, insertion: Insertion, living: Living) -> int:
        """The row before which it comes in; `size` is the end."""
        first = insertion.rows[0].split(b" ")
        if insertion.place is Place.KIND:
            return self._behind_kind(first[0])
        if insertion.place in {Place.ACCESS, Place.FOUNDER}:
            places = self.channels.get(living.fold(first[1]))
            if places is None:
                raise PlanOutdated("a channel of the plan is gone", hint="ask for the restore again")
            return places[0 if insertion.place is Place.FOUNDER else 1]
        name = living.fold(first[_NAMED[insertion.place]])
        names = self.names.get(insertion.place, [])
        later = (index for index, other in names if other > name)
        return next(later, self.ends.get(insertion.place, 0))

    def _behind_kind(self, kind: bytes) -> int:
        if kind in self.kinds:
            return self.kinds[kind]
        return self.bans if kind == b"SO" and self.bans is not None else self.size


def layout_of(database: Database, living: Living) -> Layout:
    """Read it once."""
    layout = Layout(size=len(database.rows), names={place: [] for place in _SECTIONS})
    last: dict[bytes, int] = {}
    for index, row in enumerate(database.rows):
        kind = row.kind
        last[kind] = index
        if kind in _SORTED:
            place, at = _SORTED[kind]
            layout.names[place].append((index, living.fold(word(row, at))))
            if kind == b"MC":
                layout.channels[living.fold(word(row, 1))] = [index + 1, index + 1]
        elif kind in {b"CA", b"MDA"}:
            places = layout.channels.get(living.fold(word(row, 1)))
            if places is not None:
                places[1] = index + 1
        elif kind == b"KID" and layout.bans is None:
            layout.bans = index
    layout.kinds = {kind: index + 1 for kind, index in last.items()}
    for place, kinds in _SECTIONS.items():
        layout.ends[place] = max((layout.kinds.get(kind, 0) for kind in kinds), default=0)
    return layout
