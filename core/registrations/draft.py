"""A plan while it is made: what is known, what was wished for, and what has been decided so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.domain.errors import PlanBlocked
from core.formats.atheme import Row
from core.formats.atheme import field as word
from core.formats.atheme.schema import is_uid, next_uid, uid_order
from core.registrations.forgetting import without_forgotten
from core.registrations.living import Living
from core.registrations.plan import Conflict
from core.registrations.row_plan import Insertion, Place
from core.registrations.wish import Erasure, Network, Wishes

# What changes by itself while people live, by where it stands: no part of what somebody agreed to.
_VOLATILE = {b"MU": 6, b"MN": 4, b"MC": 3, b"ME": 4}
_VOLATILE_KEYS = (b"private:host:", b"private:lastquit", b"private:loginfail:", b"private:topic:", b"private:channelts")


@dataclass(slots=True, kw_only=True)
class Draft:
    """Filled step by step; every step says what it brings back, and what it does not and why.

    A draft that is `symbolic` has names where a plan has the time of now and new uids: it is what a digest is made of.
    """

    old: Living
    living: Living
    now: int  # seconds since 1970
    symbolic: bool
    wishes: Wishes
    network: Network
    erasure: Erasure
    name: bytes = b""  # of what comes back, as it will be stored
    insertions: list[Insertion] = field(default_factory=list)
    gone: dict[int, bytes] = field(default_factory=dict)  # living rows that go: their lines, and what they say
    conflicts: list[Conflict] = field(default_factory=list)
    coming_back: list[str] = field(default_factory=list)
    going: list[str] = field(default_factory=list)
    powers: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    expiry: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    access: list[str] = field(default_factory=list)
    blocked: str = ""
    comes: set[bytes] = field(default_factory=set)  # folded names of accounts and groups that come back
    channels_back: set[bytes] = field(default_factory=set)  # folded
    asked: set[bytes] = field(default_factory=set)  # folded entities whose being there decided something
    uids: list[bytes] = field(default_factory=list)  # given to what comes back
    renamed: dict[bytes, bytes] = field(default_factory=dict)  # folded old name → the name that it comes back under

    @property
    def stamp(self) -> bytes:
        """The time of now, as rows have it."""
        return b"now" if self.symbolic else b"%d" % self.now

    @property
    def removals(self) -> list[bytes]:
        """The living rows that go, in the order of the file: an undo puts them back as the blocks that they were."""
        return [self.gone[line] for line in sorted(self.gone)]

    def put(self, place: Place, *rows: bytes) -> None:
        """These rows come in, together; without the names of those who were forgotten."""
        kept = [new for raw in rows if (new := self._anonymous(raw)) is not None]
        if kept:
            self.insertions.append(Insertion(place=place, rows=tuple(kept)))

    def _anonymous(self, raw: bytes) -> bytes | None:
        new = without_forgotten(raw, self.forgotten)
        if new != raw:
            self.note("the name of somebody who was forgotten is taken out of what they sent, set or asked for")
        return new

    def take(self, rows: Sequence[Row]) -> None:
        """These rows of the living database go."""
        for row in rows:
            if row.line not in self.gone:
                self.gone[row.line] = _settled(row) if self.symbolic else row.raw

    def note(self, text: str) -> None:
        """Something to know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def in_the_way(self, code: str, what: str, why: str, *, item: str, choices: tuple[str, ...]) -> str:
        """Somebody else has it now; returns what was chosen: the first of `choices` if nobody chose."""
        wish = self.wishes.choice(item)
        if wish is not None and wish not in choices:
            ways = " or ".join(way for way in choices if way != "ask") or "nothing"
            raise PlanBlocked(f"{what} {why}: {wish} is no way to meet that", hint=f"it can be met by: {ways}")
        chosen = wish or choices[0]
        found = Conflict(code=code, what=what, why=why, item=item, choices=choices, chosen=chosen)
        if found not in self.conflicts:
            self.conflicts.append(found)
        return chosen

    def stored(self, name: bytes) -> bytes:
        """The name under which its bearer is stored once the plan is carried out."""
        return self.renamed.get(self.living.fold(name), name)

    def is_known(self, name: bytes) -> bool:
        """Whether there will be an account or a group of that name."""
        folded = self.living.fold(name)
        self.asked.add(folded)
        row = (self.living.groups if folded.startswith(b"!") else self.living.accounts).get(folded)
        return folded in self.comes or (row is not None and row.line not in self.gone)

    def is_same(self, name: bytes) -> bool:
        """Whether who bears the name now is who bore it then: a name may be somebody else's by now."""
        folded = self.living.fold(name)
        self.asked.add(folded)
        if folded in self.comes:
            return True
        then, now = self.old.identity(folded), self.living.identity(folded)
        if then is None or now is None:
            return False
        # Services lower the time of registration to that of the oldest nick, so with the same uid it may be earlier.
        return then[1] == now[1] or (then[0] == now[0] and now[1] < then[1])

    def forgotten(self, name: bytes) -> str:
        """The day on which the bearer of that name was forgotten, in the snapshot or now; "" for everybody else.

        A name that the snapshot knows as no account counts by itself.
        """
        folded = self.old.fold(name)
        if folded in self.comes:
            return ""
        then, now = self.old.accounts.get(folded), self.living.accounts.get(self.living.fold(self.stored(name)))
        day = self.erased(then) if then is not None else self.erasure.name(folded)
        return day or (self.erased(now) if now is not None and now.line not in self.gone else "")

    def erased(self, account: Row) -> str:
        """The day on which the account of that MU row was forgotten, or ""."""
        return self.erasure.account(word(account, 1), word(account, 5))

    def setter(self, name: bytes) -> bytes:
        """Who set an access entry, or `*` where services would not know them, or who was forgotten."""
        if name in {b"", b"*"} or self.forgotten(name) or not self.is_known(self.stored(name)):
            return b"*"
        return self.stored(name)

    def uid(self, wanted: bytes) -> bytes:
        """The old uid if nobody has it: services never give one out twice while LUID only grows."""
        going = {raw.split(b" ")[1] for raw in self.removals if raw.startswith((b"MU ", b"GRP "))}
        if is_uid(wanted) and (wanted not in self.living.uids or wanted in going) and wanted not in self.uids:
            self.uids.append(wanted)
            return wanted
        self.in_the_way("uid-taken", "an old uid", "is in use", item="uid", choices=("new uid",))
        new = next_uid(max([self.living.last_uid, *self.living.uids, *self.uids], key=uid_order))
        self.uids.append(new)
        return b"new-%d" % len(self.uids) if self.symbolic else new

    def raise_last_uid(self) -> None:
        """LUID never lies below a uid in use: the next account would get that one again."""
        row = next((row for row in self.living.rows(b"LUID")), None)
        if not self.uids or row is None or self.symbolic:
            return
        highest = max(self.uids, key=uid_order)
        if uid_order(highest) > uid_order(word(row, 1)):
            self.take([row])
            self.put(Place.KIND, b"LUID " + highest + b" ")


def _settled(row: Row) -> bytes:
    """A row without what changes by itself."""
    fields = row.fields
    if row.kind in {b"MDU", b"MDC"} and fields[2].lower().startswith(_VOLATILE_KEYS):
        return b" ".join(fields[:3])
    place = _VOLATILE.get(row.kind)
    if place is None or place >= len(fields):
        return row.raw
    return b" ".join([*fields[:place], b"~", *fields[place + 1 :]])
