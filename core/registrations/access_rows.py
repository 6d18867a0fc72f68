"""Membership in groups and access to channels that are there; what is gone is named."""

from typing import Literal

from core.formats.atheme import Row, field
from core.formats.atheme.schema import GROUP_ACCESS_FLAGS
from core.registrations.draft import Draft
from core.registrations.row_plan import Place
from core.registrations.selection import Entry
from core.registrations.words import listed, shown

_TOLD = 120  # bytes of a list of founders or of channels that are gone


Standing = Literal["comes", "gone", "forgotten", "another"]


def standing_of(draft: Draft, target: bytes) -> Standing:
    """What became of an account or group that an old list names.

    A name may be somebody else's by now: who bears it gets nothing by it, unless somebody says so.
    """
    if draft.forgotten(target):
        return "forgotten"
    name = draft.stored(target)
    if not draft.is_known(name):
        return "gone"
    if draft.is_same(name):
        return "comes"
    kind = "group" if name.startswith(b"!") else "account"
    what, why = f"{kind} {shown(name)}", "is another one than it was"
    ways = ("skip", "merge")
    chosen = draft.in_the_way(f"{kind}-reregistered", what, why, item=shown(name), choices=ways)
    return "comes" if chosen == "merge" else "another"


def add_memberships(draft: Draft, rows: tuple[Row, ...]) -> None:
    """GACL rows to groups that are there, and are still the same."""
    taken = _taken(draft, b"GACL")
    for row in rows:
        group = draft.living.fold(field(row, 1))
        there = draft.living.groups.get(group)
        if group in draft.comes:
            continue
        if there is None:
            founder = " (was founder)" if b"F" in field(row, 3) else ""
            draft.left_out.append(f"group {shown(field(row, 1))} is gone{founder}")
        elif not draft.is_same(field(row, 1)) and _is_skipped(draft, "group", field(row, 1)):
            continue
        elif group in taken:
            _tell_taken(draft, f"group {shown(field(row, 1))}", row, taken[group])
        else:
            _add_membership(draft, row, field(there, 2))


def _is_skipped(draft: Draft, what: str, name: bytes) -> bool:
    """Something of that name was registered by others since: its access is given only where somebody says so."""
    told = shown(name) if what == "channel" else f"{what} {shown(name)}"
    ways = ("skip", "merge")
    why = "was registered anew since"
    return draft.in_the_way(f"{what}-reregistered", told, why, item=shown(name), choices=ways) == "skip"


def _add_membership(draft: Draft, row: Row, group: bytes) -> None:
    draft.put(Place.MEMBER, member_row(row, group, draft.name))
    draft.access.append(f"{shown(group)} back")
    if b"F" in field(row, 3):
        draft.powers.append(f"founder of group {shown(group)}")


def member_row(row: Row, group: bytes, member: bytes) -> bytes:
    """A GACL row with names as they are stored, and with no letter that services do not know."""
    flags = bytes(letter for letter in field(row, 3).lstrip(b"+") if letter in GROUP_ACCESS_FLAGS)
    return b"GACL %s %s +%s " % (group, member, flags)


def add_access(draft: Draft, entries: tuple[Entry, ...]) -> None:
    """CA rows, each with its MDA rows, to channels that are there, and are still the same."""
    gone: list[str] = []
    taken = _taken(draft, b"CA")
    for entry in entries:
        row = entry[0]
        channel = draft.living.fold(field(row, 1))
        there, before = draft.living.channels.get(channel), draft.old.channels.get(channel)
        if channel in draft.channels_back:
            continue
        if there is None:
            if b"F" in field(row, 3):
                draft.left_out.append(f"channel {shown(field(row, 1))} is gone (was founder)")
            else:
                gone.append(shown(field(row, 1)))
        elif (before is None or field(there, 2) != field(before, 2)) and _is_skipped(draft, "channel", field(row, 1)):
            continue
        elif channel in taken:
            _tell_taken(draft, shown(field(row, 1)), row, taken[channel])
        else:
            _add_entry(draft, entry, field(there, 1))
    if gone:
        draft.left_out.append(f"access to channels that are gone: {listed(gone, _TOLD)}")


def _taken(draft: Draft, kind: bytes) -> dict[bytes, bytes]:
    """The folded channels (CA) or groups (GACL) that have an entry of that name, which stays, and its flags."""
    name = draft.living.fold(draft.name)
    return {
        draft.living.fold(field(row, 1)): field(row, 3)
        for row in draft.living.naming(kind, 2, name)
        if row.line not in draft.gone
    }


def _tell_taken(draft: Draft, what: str, row: Row, flags: bytes) -> None:
    """An entry that is there stays as it is; it is only spoken of where it says something else."""
    if frozenset(flags) != frozenset(field(row, 3)):
        draft.left_out.append(f"{what} has an entry of that name ({shown(flags)} now, {shown(field(row, 3))} then)")


def _add_entry(draft: Draft, entry: Entry, channel: bytes) -> None:
    rows = entry_rows(draft, entry, channel, draft.name)
    flags = rows[0].split(b" ")[3]
    if flags == b"+":
        draft.left_out.append(f"{shown(channel)}: these services know none of its letters")
        return
    draft.put(Place.FOUNDER if b"F" in flags and _was_first(draft, entry) else Place.ACCESS, *rows)
    if b"F" in flags:
        now = draft.living.founders.get(draft.living.fold(channel), [])
        names = ", ".join(map(shown, now[:3])) + ("…" if len(now) > 3 else "")  # noqa: PLR2004 — a few say enough
        draft.access.append(f"{shown(channel)} founder is now {names or 'nobody'}: adds co-founder")
        draft.powers.append(f"founder of {shown(channel)}")
        return
    draft.access.append(f"{shown(channel)} {shown(flags)} back")
    if b"f" in flags:
        draft.powers.append(f"may change the access list of {shown(channel)}")


def entry_rows(draft: Draft, entry: Entry, channel: bytes, target: bytes) -> tuple[bytes, ...]:
    """A CA row and its MDA rows, with names as they are stored now, and nothing that services would refuse."""
    fields = entry[0].fields
    letters = fields[3].lstrip(b"+")
    flags = b"+" + bytes(letter for letter in letters if letter in draft.living.access_letters)
    if len(flags) <= len(letters):
        draft.note(f"{shown(channel)}: access letters that these services do not know stay out")
    setter = draft.setter(field(entry[0], 5))
    row = b" ".join((b"CA", channel, target, flags, fields[4], setter, b""))
    return row, *(b"MDA %s %s %s" % (channel, target, part.raw.split(b" ", 3)[3]) for part in entry[1:])


def _was_first(draft: Draft, entry: Entry) -> bool:
    return draft.old.first_entries[draft.old.fold(field(entry[0], 1))] is entry[0]


def take_access(draft: Draft, name: bytes) -> None:
    """The membership and access of a folded name go; but nothing is left without a founder by that."""
    for row in draft.living.naming(b"GACL", 2, name):
        if not _is_last_founder_of_group(draft, row):
            draft.take([row])
    for row in draft.living.naming(b"CA", 2, name):
        channel = draft.living.fold(field(row, 1))
        if b"F" in field(row, 3) and len(draft.living.founders.get(channel, ())) == 1:
            draft.powers.append(f"founder of {shown(field(row, 1))}, which would have none otherwise")
            continue
        draft.take([row, *properties_of(draft, row)])


def properties_of(draft: Draft, access: Row) -> list[Row]:
    """The MDA rows of a CA row of the living database."""
    key = [draft.living.fold(field(access, index)) for index in (1, 2)]
    rows = draft.living.naming(b"MDA", 2, key[1])
    return [row for row in rows if [draft.living.fold(field(row, index)) for index in (1, 2)] == key]


def _is_last_founder_of_group(draft: Draft, row: Row) -> bool:
    group = draft.living.fold(field(row, 1))
    founders = [other for other in draft.living.naming(b"GACL", 1, group) if b"F" in field(other, 3)]
    if founders != [row]:
        return False
    draft.powers.append(f"founder of group {shown(field(row, 1))}, which would have none otherwise")
    return True
