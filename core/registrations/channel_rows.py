"""The rows of a channel that comes back: its settings, its access list, its properties."""

from core.formats.atheme import Row, field
from core.registrations.access_rows import entry_rows, standing_of
from core.registrations.draft import Draft
from core.registrations.expiry import note_channel_expiry
from core.registrations.flags import known_flags
from core.registrations.living import MARK, number
from core.registrations.row_plan import Place
from core.registrations.selection import ChannelBlock, Entry
from core.registrations.words import NAMES_ROOM, counts, listed, shown

_BOT = b"private:botserv:bot-assigned"
_BOTSERV = b"private:botserv:"
_CLOSED = b"private:close:closer"
_OWN_FOUNDER = b"AFORaefhioqrstv"  # what services give to who registers a channel (chanserv/register, 7.2)


def add_channel(draft: Draft, block: ChannelBlock, entries: list[Entry], *, founder: bytes = b"") -> None:
    """MC, the access of those who are there, MDC. Its last use is set to now, or it would expire at once."""
    fields = block.channel.fields
    name = fields[1]
    fields[3], fields[4] = draft.stamp, known_flags(draft, fields[4], "channel")
    rows = access_lines(draft, entries, name)
    if founder:
        rows = [founder_row(draft, block, founder), *(row for row in rows if not _is_of(draft, row, founder))]
    properties = [row.raw for row in properties_back(draft, block)]
    draft.put(Place.CHANNEL, b" ".join(fields), *rows, *properties)
    draft.channels_back.add(draft.living.fold(name))
    if b"h" in fields[4]:
        draft.powers.append(f"{shown(name)}: hold (never expires)")
    note_channel_expiry(draft, block.channel)
    _note_properties(draft, block)
    _note_modes(draft)


def access_lines(draft: Draft, entries: list[Entry], channel: bytes) -> list[bytes]:
    """CA and MDA rows. An entry of which services know no letter would give nothing: it stays out."""
    rows: list[bytes] = []
    for entry in entries:
        new = entry_rows(draft, entry, channel, draft.stored(field(entry[0], 2)))
        if new[0].split(b" ")[3] == b"+":
            draft.left_out.append(f"{shown(channel)}: an entry of which these services know no letter")
        else:
            rows += new
    return rows


def who_may_come(draft: Draft, block: ChannelBlock, *, taken: frozenset[bytes] = frozenset()) -> list[Entry]:
    """The entries of those who are there; the others are named: services refuse to start on access for nobody.

    `taken`: folded targets that have an entry already.
    """
    gone: list[str] = []
    entries = [
        entry
        for entry in block.access
        if draft.living.fold(field(entry[0], 2)) not in taken and not _is_over(draft, entry)
    ]
    come = [entry for entry in entries if _may_come(draft, block, field(entry[0], 2), gone)]
    if gone:
        draft.left_out.append(f"{shown(block.name)}: access of those who are gone: {listed(gone, NAMES_ROOM)}")
    return come


def _may_come(draft: Draft, block: ChannelBlock, target: bytes, gone: list[str]) -> bool:
    if target.startswith(b"$"):
        if not draft.living.reads_exttarget:
            draft.left_out.append(f"{shown(block.name)}: an entry for {shown(target)}: its module is not loaded now")
        return draft.living.reads_exttarget
    if b"!" in target[1:] and b"@" in target:
        return True
    standing = standing_of(draft, target)
    if standing == "forgotten":
        draft.left_out.append(f"{shown(block.name)}: access of somebody who was forgotten")
    if standing == "gone":
        gone.append(shown(target))
    return standing == "comes"


def _is_over(draft: Draft, entry: Entry) -> bool:
    """A timed ban whose time is up: services would drop it at once."""
    until = [number(row.raw.split(b" ", 4)[4]) for row in entry[1:] if field(row, 3).lower() == b"expires"]
    return any(0 < moment <= draft.now for moment in until)


def founders_of(draft: Draft, entries: list[Entry]) -> list[bytes]:
    """Who founds it, of those who come back."""
    return [draft.stored(field(entry[0], 2)) for entry in entries if b"F" in field(entry[0], 3)]


def founder_row(draft: Draft, block: ChannelBlock, founder: bytes) -> bytes:
    """A CA row for a new founder, with the letters that the old one had."""
    old = next((field(entry[0], 3) for entry in block.access if b"F" in field(entry[0], 3)), b"+" + _OWN_FOUNDER)
    flags = b"+" + bytes(letter for letter in old.lstrip(b"+") if letter in draft.living.access_letters)
    return b"CA %s %s %s %s * " % (block.name, founder, flags, draft.stamp)


def _is_of(draft: Draft, row: bytes, target: bytes) -> bool:
    return draft.living.fold(row.split(b" ", 3)[2]) == draft.living.fold(target)


def properties_back(draft: Draft, block: ChannelBlock) -> list[Row]:
    """MDC rows, without those of a bot that is gone."""
    properties = block.properties
    bots = [row.raw.split(b" ", 3)[3] for row in properties if field(row, 2).lower() == _BOT]
    if all(draft.living.fold(bot) in draft.living.bots for bot in bots):
        return list(properties)
    draft.note("a channel's bot is gone, and stays away")
    return [row for row in properties if not field(row, 2).lower().startswith(_BOTSERV)]


def _note_properties(draft: Draft, block: ChannelBlock) -> None:
    keys = [field(row, 2).lower() for row in block.properties]
    if _CLOSED in keys:
        draft.note(f"{shown(block.name)} was closed, and is again")
    if any(key.startswith(MARK) for key in keys):
        draft.note(f"{shown(block.name)} was marked, and is again")


def _note_modes(draft: Draft) -> None:
    """The high bits of a mode lock mean what the protocol module of their time says."""
    then, now = draft.old.protocol, draft.living.protocol
    if then and now and then != now:
        draft.note(f"its mode lock was made for {shown(then)}, and services speak {shown(now)} now: look at it")


def counted(block: ChannelBlock, entries: list[Entry]) -> list[str]:
    """What comes back, for people."""
    told = counts((len(entries), "access entry"))
    topic = any(field(row, 2).lower() == b"private:topic:text" for row in block.properties)
    if topic:
        told.append("topic")
    if any(number(field(block.channel, index)) for index in (5, 6)):
        told.append("mode lock")
    others = sum(not field(row, 2).lower().startswith(b"private:") for row in block.properties)
    return told + counts((others, "property"))
