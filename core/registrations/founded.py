"""Groups and channels that were founded by what comes back, and that are gone: brought back with it, where wanted."""

from core.formats.atheme import Row, field
from core.registrations.channel_rows import add_channel, who_may_come
from core.registrations.draft import Draft
from core.registrations.group_rows import members_back, put_group, put_members
from core.registrations.selection import Entry, GroupBlock, select_channel, select_group
from core.registrations.words import plural, shown


def add_founded_groups(draft: Draft, memberships: tuple[Row, ...]) -> None:
    """GRP, MDG, and those of the members who are there."""
    for row in memberships:
        block = select_group(draft.old, field(row, 1))
        if b"F" in field(row, 3) and block is not None and draft.living.fold(block.name) not in draft.living.groups:
            draft.comes.add(draft.living.fold(block.name))
            _add_group(draft, block)


def _add_group(draft: Draft, block: GroupBlock) -> None:
    put_group(draft, block)
    rows = members_back(draft, block)
    put_members(draft, rows, block.name)
    missing = len(block.members) - len(rows)
    told = f" without {plural(missing, 'member')}" if missing else ""
    draft.access.append(f"{shown(block.name)} comes back{told}")
    draft.powers.append(f"founder of group {shown(block.name)}")


def add_founded_channels(draft: Draft, entries: tuple[Entry, ...]) -> None:
    """MC, MDC, and the access of those who are there."""
    for entry in entries:
        name = field(entry[0], 1)
        if b"F" not in field(entry[0], 3) or draft.living.fold(name) in draft.living.channels:
            continue
        block = select_channel(draft.old, name)
        if block is None:
            continue
        come = who_may_come(draft, block)
        add_channel(draft, block, come)
        missing = len(block.access) - len(come)
        told = f" without {missing} of its entries" if missing else ""
        draft.access.append(f"{shown(block.name)} comes back{told}")
        draft.powers.append(f"founder of {shown(block.name)}")
