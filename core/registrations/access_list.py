"""Who has access to a channel, whatever the format of the database."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.casemapping import Casemapping
from core.formats.atheme import field
from core.formats.sqlite import Row
from core.registrations.tables.reading_rows import flags, gives_founder, told
from core.registrations.tables.register import Register
from core.registrations.tables.whereabouts import founders_of, spelt
from core.registrations.whereabouts import rows_of
from core.registrations.words import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One entry: who, and what they may."""

    name: str
    flags: str
    is_founder: bool

    def __str__(self) -> str:
        return f"{self.name} {self.flags}{' (founder)' if self.is_founder else ''}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessList:
    """All entries, founders first; hostmasks are addresses, and only counted."""

    channel: str  # as it is spelt
    holders: tuple[Holder, ...]
    masks: int


def access_in_rows(content: bytes, channel: bytes, casemapping: Casemapping) -> AccessList | None:
    """The list of a channel in a services.db of Atheme; None where it has no such channel."""
    row = next(rows_of(content, b"MC", 1, channel, casemapping), None)
    if row is None:
        return None
    entries = [(field(one, 2), field(one, 3)) for one in rows_of(content, b"CA", 1, channel, casemapping)]
    holders = [
        Holder(name=shown(name), flags=shown(given), is_founder=b"F" in given)
        for name, given in entries
        if b"@" not in name
    ]
    return _sorted(shown(field(row, 1)), holders, len(entries) - len(holders))


def access_in_tables(register: Register, channel: bytes) -> AccessList | None:
    """The same in the tables of a SQLite database."""
    folded = register.fold(channel)
    row = register.channels.get(folded)
    if row is None:
        return None
    entries = register.access_in(folded)
    holders = list(_holders(register, entries))
    known = {holder.name for holder in holders if holder.is_founder}
    by_row = [spelt(register, one) for one in founders_of(register, folded)]
    holders += [Holder(name=name, flags="", is_founder=True) for name in by_row if name not in known]
    named = told(register.tables.channels, row, "chan")
    return _sorted(named, holders, sum(not register.entity(entry) for entry in entries))


def _holders(register: Register, entries: list[Row]) -> Iterator[Holder]:
    table = register.tables.access
    for entry in entries:
        if account := register.entity(entry):
            yield Holder(
                name=spelt(register, account), flags=flags(table, entry), is_founder=gives_founder(table, entry)
            )


def _sorted(channel: str, holders: list[Holder], masks: int) -> AccessList:
    ordered = sorted(holders, key=lambda one: (not one.is_founder, one.name.lower()))
    return AccessList(channel=channel, holders=tuple(ordered), masks=masks)
