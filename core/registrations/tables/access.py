"""Access of one account to channels that are there, and still the same."""

from core.formats.sqlite import Row, Table
from core.registrations.tables import names
from core.registrations.tables.channel import bring_channel
from core.registrations.tables.draft import Draft
from core.registrations.tables.incoming import Incoming
from core.registrations.tables.reading_rows import flags, gives_founder, is_same, stable, told
from core.registrations.words import plural, shown


def add_access(draft: Draft, found: bytes, wanted: bytes) -> None:
    """Its access rows, and, where it is wished for, the channels that it founded and that are gone."""
    settled = _founded(draft, found)
    living, old = draft.living.tables.access, draft.old.tables.access
    rows = draft.old.access_of(found)
    if living is None or old is None:
        if rows:
            draft.left_out.append("access to channels: the living database has no chanacs_table")
        return
    gone = []
    for row in rows:
        channel = draft.old.channel_of(row)
        if channel in settled:
            continue
        draft.rest_on_channel(channel)
        if draft.living.tables.channels is not None and channel not in draft.living.channels:
            gone.append(told_channel(draft, channel))
        elif _is_the_same_channel(draft, channel):
            _entry(draft, living, old, row, wanted)
    if gone:
        draft.left_out.append(f"access to channels that are gone: {', '.join(gone)}")


def leave_access(draft: Draft, account: bytes) -> None:
    """All access of a living account goes."""
    table = draft.living.tables.access
    rows = draft.living.access_of(account)
    if table is None or not rows:
        return
    for row in rows:
        draft.remove(table, row)
    draft.going.append(plural(len(rows), "access row"))


def told_channel(draft: Draft, channel: bytes) -> str:
    """A channel's name as it is spelt in the snapshot."""
    row = draft.old.channels.get(channel)
    return told(draft.old.tables.channels, row, names.CHANNEL) if row is not None else shown(channel.lower())


def _founded(draft: Draft, found: bytes) -> set[bytes]:
    """The channels that come back with their founder; told, if they do not. Their lists need no other word."""
    settled = set()
    for channel in draft.old.founded_by(found):
        draft.rest_on_channel(channel)
        if channel in draft.living.channels:
            continue
        settled.add(channel)
        if draft.wishes.founded:
            said = len(draft.access)
            bring_channel(draft, channel)
            entries = len(draft.access) - said
            del draft.access[said:]
            draft.access.append(f"{told_channel(draft, channel)} comes back with {plural(entries, 'access row')}")
        else:
            draft.left_out.append(f"channel {told_channel(draft, channel)} is gone (was founder)")
    return settled


def _is_the_same_channel(draft: Draft, channel: bytes) -> bool:
    before, there = draft.old.channels.get(channel), draft.living.channels.get(channel)
    if before is None or there is None:
        return True
    if is_same(draft.old.tables.channels, before, draft.living.tables.channels, there):
        return True
    name = told_channel(draft, channel)
    why = "was registered anew since"
    return draft.meet("channel-reregistered", name, why, item=name, choices=("skip", "merge")) == "merge"


def _entry(draft: Draft, living: Table, old: Table, row: Row, wanted: bytes) -> None:
    """One access row, unless the channel has one for that account."""
    channel = draft.old.channel_of(row)
    incoming = draft.matched(living, old, row)
    point(draft, incoming, wanted, channel)
    there = [
        other
        for other in draft.living.access_in(channel)
        if _is_for(draft, living, other, wanted) and not draft.is_going(other)
    ]
    draft.ground.append((channel, wanted, [stable(living, other) for other in there]))
    name, given = told_channel(draft, channel), flags(old, row)
    if there:
        if any(incoming.is_there_as(other) for other in there):
            return
        why = f"has another entry of that name ({flags(living, there[0]) or 'no flags'})"
        if draft.meet("access-exists", name, why, item=name, choices=("skip", "replace")) != "replace":
            return
        for other in there:
            draft.remove(living, other)
        draft.going.append(f"the entry in {name}")
    if draft.insert(incoming, f"access to {name}"):
        draft.access.append(f"{name} {given} back".replace("  ", " "))
        if gives_founder(old, row):
            draft.powers.append(f"founder of {name}")
        elif given:
            draft.powers.append(f"{given} in {name}")


def _is_for(draft: Draft, living: Table, row: Row, wanted: bytes) -> bool:
    """Whether a living entry is the account's, also one that was left behind when the account went."""
    link = draft.living.entity_link
    if link is None:
        return False
    value = row.values[living.place(link.column)]
    if draft.living.entity(row) == wanted:
        return True
    if link.by_name:
        return draft.living.fold(value) == wanted
    return value is not None and value == draft.account_key(link, wanted)


def point(draft: Draft, incoming: Incoming, account: bytes, channel: bytes) -> None:
    """Let an access row mean an account and a channel as the living tables name them."""
    entity, of_channel = draft.living.entity_link, draft.living.channel_link
    if entity is not None:
        incoming.set(entity.column, draft.account_key(entity, account))
    if of_channel is not None and not of_channel.by_name:
        incoming.set(of_channel.column, draft.channel_key(of_channel, channel))
