"""Membership in groups and access to channels that are there; what is gone is named."""

from core.formats.atheme import Row, field
from core.formats.atheme.schema import GROUP_ACCESS_FLAGS
from core.registrations.account_plan import Place
from core.registrations.draft import Draft
from core.registrations.selection import Entry
from core.registrations.words import shown


def add_memberships(draft: Draft) -> None:
    """GACL rows to groups that are there, and are still the same."""
    for row in draft.selection.groups:
        group = draft.living.fold(field(row, 1))
        there, before = draft.living.groups.get(group), draft.old.groups.get(group)
        if group in draft.comes:
            continue
        if there is None:
            founder = " (was founder)" if b"F" in field(row, 3) else ""
            draft.left_out.append(f"group {shown(field(row, 1))} is gone{founder}")
        elif before is None or (field(there, 1), field(there, 3)) != (field(before, 1), field(before, 3)):
            draft.in_the_way("group-reregistered", f"group {shown(field(row, 1))}", "was registered anew since")
        elif any(_is_member(draft, other, row) for other in draft.living.rows(b"GACL")):
            draft.left_out.append(f"group {shown(field(row, 1))} has an entry of that name")
        else:
            _add_membership(draft, row, field(there, 2))


def _is_member(draft: Draft, other: Row, row: Row) -> bool:
    return all(draft.living.fold(field(other, index)) == draft.living.fold(field(row, index)) for index in (1, 2))


def _add_membership(draft: Draft, row: Row, group: bytes) -> None:
    draft.put(Place.MEMBER, member_row(row, group, draft.selection.name))
    draft.access.append(f"{shown(group)} back")
    if b"F" in field(row, 3):
        draft.powers.append(f"founder of group {shown(group)}")


def member_row(row: Row, group: bytes, member: bytes) -> bytes:
    """A GACL row with names as they are stored, and with no letter that services do not know."""
    flags = bytes(letter for letter in field(row, 3).lstrip(b"+") if letter in GROUP_ACCESS_FLAGS)
    return b"GACL %s %s +%s " % (group, member, flags)


def add_access(draft: Draft) -> None:
    """CA rows, each with its MDA rows, to channels that are there, and are still the same."""
    gone: list[str] = []
    taken = draft.living.entries_of(draft.living.fold(draft.selection.name))
    for entry in draft.selection.access:
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
        elif before is None or field(there, 2) != field(before, 2):
            draft.in_the_way("channel-reregistered", shown(field(row, 1)), "was registered anew since")
        elif channel in taken:
            draft.left_out.append(f"{shown(field(row, 1))} has an entry of that name")
        else:
            _add_entry(draft, entry, field(there, 1))
    if gone:
        draft.left_out.append(f"access to channels that are gone: {', '.join(gone)}")


def _add_entry(draft: Draft, entry: Entry, channel: bytes) -> None:
    rows = entry_rows(draft, entry, channel, draft.selection.name)
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
