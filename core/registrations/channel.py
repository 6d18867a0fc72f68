"""Plan the return of one channel: anew, into the channel of that name, or in its place."""

from core.formats.atheme import Row, field
from core.registrations.channel_rows import (
    access_lines,
    add_channel,
    counted,
    founders_of,
    properties_back,
    who_may_come,
)
from core.registrations.draft import Draft
from core.registrations.ground import Claim
from core.registrations.living import MARK
from core.registrations.meeting import ask_for_founder, chosen_founder, meet
from core.registrations.row_plan import Place
from core.registrations.selection import ChannelBlock, Entry, select_channel
from core.registrations.words import NAMES_ROOM, counts, date_of, listed, plural, shown

_LIFE = (b"private:topic:", b"private:channelts", MARK, b"private:botserv:")  # of the channel that is there


def draft_channel(draft: Draft, block: ChannelBlock) -> Claim:
    """Decide every row; what is in the way is met as it was wished, or blocks the plan."""
    draft.name = block.name
    present = draft.living.channels.get(draft.living.fold(draft.name))
    way = "new" if present is None else _meet_channel(draft, block, present)
    if way == "ask":
        return _claim(draft)
    if present is not None and way == "merge":
        _merge(draft, block, field(present, 1))
    else:
        if present is not None:
            _take_channel(draft, present)
        _bring_back(draft, block)
    return _claim(draft)


def _claim(draft: Draft) -> Claim:
    return Claim(channels=(draft.living.fold(draft.name),), entities=tuple(sorted(draft.asked)))


def _meet_channel(draft: Draft, block: ChannelBlock, present: Row) -> str:
    """A channel of that name is there: nothing is done before somebody has chosen."""
    same = field(present, 2) == field(block.channel, 2)
    why = f"is registered now ({date_of(field(present, 2))}{', the same registration' if same else ''})"
    return meet(draft, "channel-exists", f"channel {shown(field(present, 1))}", why, ("merge", "replace"))


def _bring_back(draft: Draft, block: ChannelBlock) -> None:
    entries = who_may_come(draft, block)
    founder = chosen_founder(draft)
    if not founder and not founders_of(draft, entries):
        ask_for_founder(draft, f"channel {shown(block.name)}")
    add_channel(draft, block, entries, founder=founder)
    born = date_of(field(block.channel, 2))
    draft.coming_back += [f"channel (registered {born})", *counted(block, entries)]
    _name_powers(draft, entries, founder)


def _name_powers(draft: Draft, entries: list[Entry], founder: bytes) -> None:
    name = shown(draft.name)
    founders = [*([founder] if founder else []), *founders_of(draft, entries)]
    if founders:
        draft.powers.append(f"founder of {name}: {listed([shown(one) for one in founders], NAMES_ROOM)}")
    others = [entry for entry in entries if b"f" in field(entry[0], 3) and b"F" not in field(entry[0], 3)]
    if others:
        draft.powers.append(f"{len(others)} more may change its access list")


def _take_channel(draft: Draft, present: Row) -> None:
    """What is registered there now goes, whole."""
    now = select_channel(draft.living, field(present, 1))
    if now is None:
        return
    draft.take(now.rows)
    founders = [shown(field(entry[0], 2)) for entry in now.access if b"F" in field(entry[0], 3)]
    whose = f", founder {listed(founders, NAMES_ROOM)}" if founders else ""
    draft.going.append(
        f"channel {shown(now.name)} (registered {date_of(field(present, 2))}{whose}) with "
        f"{plural(len(now.access), 'access entry')}"
    )


def _merge(draft: Draft, block: ChannelBlock, channel: bytes) -> None:
    """Access of those who have none there, properties that it has not. Nothing that is there is touched."""
    there = select_channel(draft.living, channel)
    if there is None:
        return
    fold = draft.living.fold
    entries = who_may_come(draft, block, taken=frozenset(fold(field(entry[0], 2)) for entry in there.access))
    rows = access_lines(draft, entries, channel)
    if rows:
        draft.put(Place.ACCESS, *rows)
    has = {field(row, 2).upper() for row in there.properties}
    properties = [row for row in properties_back(draft, block) if _is_lacking(row, has)]
    for row in properties:
        draft.put(Place.CHANNEL_PROPERTY, b" ".join((b"MDC", channel, row.raw.split(b" ", 2)[2])))
    draft.coming_back += counts((len(entries), "access entry"), (len(properties), "property"))
    _name_powers(draft, entries, b"")


def _is_lacking(row: Row, has: set[bytes]) -> bool:
    return field(row, 2).upper() not in has and not field(row, 2).lower().startswith(_LIFE)
