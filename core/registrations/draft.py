"""A plan while it is made: what is known, and what has been decided so far."""

from dataclasses import dataclass, field

from core.formats.atheme import field as word
from core.formats.atheme.schema import is_uid, next_uid, uid_order
from core.registrations.account_plan import Conflict, Insertion, Place
from core.registrations.living import Living
from core.registrations.selection import Selection


@dataclass(slots=True, kw_only=True)
class Draft:
    """Filled step by step; every step says what it brings back, and what it does not and why.

    A draft that is `symbolic` has names where a plan has the time of now and new uids: it is what a digest is made of.
    """

    selection: Selection
    old: Living
    living: Living
    now: bytes
    symbolic: bool
    insertions: list[Insertion] = field(default_factory=list)
    removals: list[bytes] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    powers: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    access: list[str] = field(default_factory=list)
    comes: set[bytes] = field(default_factory=set)  # folded names of the account and groups that come back
    channels_back: set[bytes] = field(default_factory=set)  # folded
    asked: set[bytes] = field(default_factory=set)  # folded entities whose being there decided something
    uids: list[bytes] = field(default_factory=list)  # given to what comes back

    @property
    def stamp(self) -> bytes:
        """The time of now, as rows have it."""
        return b"now" if self.symbolic else self.now

    def put(self, place: Place, *rows: bytes) -> None:
        """These rows come in, together."""
        self.insertions.append(Insertion(place=place, rows=rows))

    def note(self, text: str) -> None:
        """Something to know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def in_the_way(self, code: str, what: str, why: str) -> None:
        """Somebody else has it now."""
        self.conflicts.append(Conflict(code=code, what=what, why=why))

    def is_known(self, name: bytes) -> bool:
        """Whether there will be an account or a group of that name."""
        folded = self.living.fold(name)
        self.asked.add(folded)
        return folded in self.comes or self.living.is_entity(name)

    def setter(self, name: bytes) -> bytes:
        """Who set an access entry, or `*` where services would not know them."""
        return name if name == b"*" or (name and self.is_known(name)) else b"*"

    def uid(self, wanted: bytes) -> bytes:
        """The old uid if nobody has it: services never give one out twice while LUID only grows."""
        if is_uid(wanted) and wanted not in self.living.uids and wanted not in self.uids:
            self.uids.append(wanted)
            return wanted
        self.note("an old uid is in use: a new one is given")
        new = next_uid(max([self.living.last_uid, *self.living.uids, *self.uids], key=uid_order))
        self.uids.append(new)
        return b"new-%d" % len(self.uids) if self.symbolic else new

    def raise_last_uid(self) -> None:
        """LUID never lies below a uid in use: the next account would get that one again."""
        highest = max(self.uids, key=uid_order)
        row = next((row for row in self.living.rows(b"LUID")), None)
        if row is not None and not self.symbolic and uid_order(highest) > uid_order(word(row, 1)):
            self.removals.append(row.raw)
            self.put(Place.KIND, b"LUID " + highest + b" ")
