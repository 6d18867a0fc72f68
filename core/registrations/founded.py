"""Groups and channels that the account founded and that are gone: brought back with it, where that is wanted."""

from core.formats.atheme import Row, field
from core.formats.atheme.schema import flags_of
from core.registrations.access_rows import entry_rows, member_row
from core.registrations.account_plan import Place
from core.registrations.draft import Draft
from core.registrations.selection import ChannelBlock, Entry, select_channel
from core.registrations.words import plural, shown

_BOT = b"private:botserv:bot-assigned"
_BOTSERV = b"private:botserv:"


def add_founded_groups(draft: Draft) -> None:
    """GRP, MDG, and those of the members who are there."""
    for row in draft.selection.groups:
        group = draft.living.fold(field(row, 1))
        before = draft.old.groups.get(group)
        if b"F" in field(row, 3) and before is not None and group not in draft.living.groups:
            draft.comes.add(group)
            _add_group(draft, before)


def _add_group(draft: Draft, before: Row) -> None:
    fields = before.fields
    name, group = fields[2], draft.living.fold(fields[2])
    fields[1] = draft.uid(fields[1])
    fields[4] = _known_flags(draft, fields[4], "group")
    properties = [row.raw for row in draft.old.rows(b"MDG") if draft.old.fold(field(row, 1)) == group]
    draft.put(Place.GROUP, b" ".join(fields), *properties)
    members = [row for row in draft.old.rows(b"GACL") if draft.old.fold(field(row, 1)) == group]
    there = [row for row in members if draft.is_known(field(row, 2))]
    for row in there:
        draft.put(Place.MEMBER, member_row(row, name, field(row, 2)))
    missing = len(members) - len(there)
    draft.access.append(f"{shown(name)} comes back" + (f" without {plural(missing, 'member')}" if missing else ""))
    draft.powers.append(f"founder of group {shown(name)}")


def add_founded_channels(draft: Draft) -> None:
    """MC, MDC, and the access of those who are there. Its last use is set to now, or it would expire at once."""
    for entry in draft.selection.access:
        name = field(entry[0], 1)
        if b"F" not in field(entry[0], 3) or draft.living.fold(name) in draft.living.channels:
            continue
        block = select_channel(draft.old, name)
        if block is not None:
            draft.channels_back.add(draft.living.fold(name))
            _add_channel(draft, block)


def _add_channel(draft: Draft, block: ChannelBlock) -> None:
    fields = block.channel.fields
    fields[3], fields[4] = draft.stamp, _known_flags(draft, fields[4], "channel")
    entries = [entry for entry in block.access if _may_come(draft, entry)]
    access = [row for entry in entries for row in entry_rows(draft, entry, fields[1], field(entry[0], 2))]
    properties = [row.raw for row in _without_dead_bot(draft, block.properties)]
    draft.put(Place.CHANNEL, b" ".join(fields), *access, *properties)
    missing = len(block.access) - len(entries)
    text = f"{shown(fields[1])} comes back"
    draft.access.append(text + (f" without {missing} of its entries" if missing else ""))
    draft.powers.append(f"founder of {shown(fields[1])}")


def _known_flags(draft: Draft, flags: bytes, what: str) -> bytes:
    """Without letters that these services do not know: they would forget all that stand behind such a one."""
    known = flags_of(what, master=draft.living.master)
    return b"+" + bytes(letter for letter in flags.lstrip(b"+") if letter in known)


def _may_come(draft: Draft, entry: Entry) -> bool:
    """Services refuse to start on access for somebody who is not there."""
    target = field(entry[0], 2)
    if target.startswith(b"$"):
        return draft.living.reads_exttarget
    return (b"!" in target[1:] and b"@" in target) or draft.is_known(target)


def _without_dead_bot(draft: Draft, properties: tuple[Row, ...]) -> list[Row]:
    bots = [row.raw.split(b" ", 3)[3] for row in properties if field(row, 2).lower() == _BOT]
    if all(draft.living.fold(bot) in draft.living.bots for bot in bots):
        return list(properties)
    draft.note("a channel's bot is gone, and stays away")
    return [row for row in properties if not field(row, 2).lower().startswith(_BOTSERV)]
