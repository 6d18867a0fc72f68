"""A plan in the making: what goes, what comes, and what is said of it."""

from dataclasses import dataclass, field
from functools import cached_property

from core.formats.sqlite import Row, Table, Value
from core.registrations.plan import Conflict
from core.registrations.tables import names
from core.registrations.tables.clash import Clashes
from core.registrations.tables.forgetting import erased_on, stored
from core.registrations.tables.incoming import Cell, Fresh, Incoming, dropped_columns, matched
from core.registrations.tables.link import Link
from core.registrations.tables.reading_rows import is_same, stable
from core.registrations.tables.register import Register
from core.registrations.wish import Erasure, Network, Wishes
from core.registrations.words import shown

FORGOTTEN = "asked to be forgotten"


@dataclass(kw_only=True)
class Draft:
    """Filled by the planning of an account or a channel; nothing is ever taken out of it again."""

    old: Register
    living: Register
    wishes: Wishes
    network: Network
    erasure: Erasure
    now: int  # seconds
    removals: list[tuple[Table, Row]] = field(default_factory=list)
    insertions: list[Incoming] = field(default_factory=list)
    coming_back: list[str] = field(default_factory=list)
    going: list[str] = field(default_factory=list)
    access: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    powers: list[str] = field(default_factory=list)
    expiry: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ground: list[object] = field(default_factory=list)  # what was looked at in the living database
    blocked: str = ""
    accounts: dict[bytes, Incoming] = field(default_factory=dict)  # on their way, by the folded name they get
    channels: dict[bytes, Incoming] = field(default_factory=dict)
    renamed: dict[bytes, Value] = field(default_factory=dict)  # folded old name → the new one
    merged: set[bytes] = field(default_factory=set)  # accounts that were said to be the same person still
    _fresh: int = 0

    @cached_property
    def clashes(self) -> Clashes:
        """What must be unique in the living tables."""
        return Clashes()

    # --- what is said ------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Say it once."""
        if text not in self.notes:
            self.notes.append(text)

    def block(self, why: str) -> None:
        """The first reason is the one that is told."""
        self.blocked = self.blocked or why

    def meet(self, code: str, what: str, why: str, *, item: str, choices: tuple[str, ...]) -> str:
        """Note a conflict, and say how it is met: by what was chosen, or else by the first of its choices."""
        chosen = self.wishes.choice(item) or ""
        conflict = Conflict(
            code=code,
            what=what,
            why=why,
            item=item,
            choices=choices,
            chosen=chosen if chosen in choices else choices[0],
        )
        self.conflicts.append(conflict)
        if conflict.open:
            ways = " or ".join(way for way in choices if way != "ask")
            self.block(f"{what} {why}: choose {ways}")
        return conflict.chosen

    # --- what changes ------------------------------------------------------------------------

    def remove(self, table: Table, row: Row) -> None:
        """A living row goes."""
        if not self.is_going(row):
            self.removals.append((table, row))

    def is_going(self, row: Row) -> bool:
        """Whether the plan takes it out."""
        return any(row is other for _, other in self.removals)

    def matched(self, living: Table, old: Table, row: Row) -> Incoming:
        """A row of the snapshot in the living table's columns. Says which columns have no place there."""
        for column in dropped_columns(living, old):
            self.note(f"{living.name} has no column {shown(column.encode('utf-8', 'replace'))} now: it is left out")
        return matched(living, old, row)

    def insert(self, incoming: Incoming, what: str) -> bool:
        """Let a row in, unless it is there, or the table would refuse it. `what` names it to people."""
        lacking = incoming.lacks()
        if lacking is not None:
            column = shown(lacking.name.encode("utf-8", "replace"))
            self.block(f"{incoming.table.name} wants a value for {column}, which the snapshot does not have")
            return False
        if not self.clashes.settle(self, incoming, what):
            return False
        self.insertions.append(incoming)
        self.clashes.add(incoming)
        return True

    def fresh(self, table: Table, column: str) -> Fresh:
        """A number that nobody has yet."""
        self._fresh += 1
        return Fresh(table.name, column, self._fresh)

    # --- who is who --------------------------------------------------------------------------

    def account_key(self, link: Link, name: bytes) -> Cell:
        """What a living column holds that means the account of that folded name, which is there or on its way."""
        return self._key(link, name, self.accounts, self.living.accounts, self.living.tables.accounts)

    def channel_key(self, link: Link, name: bytes) -> Cell:
        """The same for a channel."""
        return self._key(link, name, self.channels, self.living.channels, self.living.tables.channels)

    @staticmethod
    def _key(
        link: Link, name: bytes, coming: dict[bytes, Incoming], there: dict[bytes, Row], table: Table | None
    ) -> Cell:
        if name in coming:
            return coming[name].get(link.to)
        return there[name].values[table.place(link.to)] if table is not None and name in there else None

    def new_name(self, name: bytes) -> bytes:
        """The folded name that an account of the snapshot gets."""
        return self.living.fold(self.renamed[name]) if name in self.renamed else name

    def why_absent(self, name: bytes) -> str:
        """Why an account of the snapshot cannot be given anything now; "" = it can."""
        if self.new_name(name) in self.accounts or name in self.merged:
            return ""
        if self.forgotten(name):
            self.rest_on_account(name)
            return FORGOTTEN
        there = self.living.accounts.get(name)
        before = self.old.accounts.get(name)
        self.rest_on_account(name)
        if there is None:
            return "is gone"
        same = before is None or is_same(self.old.tables.accounts, before, self.living.tables.accounts, there)
        return "" if same else "was registered anew since"

    def forgotten(self, name: bytes) -> str:
        """The day on which the account of that folded name was forgotten, in the snapshot or now; "" for all others."""
        then = self.old.accounts.get(name)
        day = self._erased(self.old.tables.accounts, then, name) if then is not None else self.erasure.name(name)
        return day or self.forgotten_now(self.new_name(name))

    def forgotten_now(self, name: bytes) -> str:
        """The same of the living account of that folded name."""
        there = self.living.accounts.get(name)
        if there is None or self.is_going(there):
            return ""
        return self._erased(self.living.tables.accounts, there, name)

    def _erased(self, table: Table | None, row: Row, name: bytes) -> str:
        return erased_on(self.erasure, stored(table, row), name)

    # --- what it rests on --------------------------------------------------------------------

    def rest_on_account(self, name: bytes) -> None:
        """The digest covers who bears this name now."""
        table, row = self.living.tables.accounts, self.living.accounts.get(name)
        known = ("name", *names.REGISTERED, *names.ACCOUNT_ID)
        self.ground.append((name, self._identity(table, row, known)))

    def rest_on_channel(self, name: bytes) -> None:
        """The digest covers whose channel it is now."""
        table, row = self.living.tables.channels, self.living.channels.get(name)
        known = ("chan", *names.REGISTERED, *names.CHANNEL_ID, *names.FOUNDER)
        self.ground.append((name, self._identity(table, row, known)))

    @staticmethod
    def _identity(table: Table | None, row: Row | None, known: tuple[str, ...]) -> object:
        if table is None or row is None:
            return None
        return [item for item in stable(table, row) if item[0] in known]
