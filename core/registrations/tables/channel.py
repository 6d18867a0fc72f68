"""A channel comes back: its row, its founder, and the access of those who are there."""

from core.domain.casemapping import fold
from core.domain.errors import AccountNotFound
from core.formats.sqlite import Row, Table
from core.formats.sqlite.model import as_bytes
from core.registrations.tables import names
from core.registrations.tables.draft import FORGOTTEN, Draft
from core.registrations.tables.incoming import Incoming, Moment
from core.registrations.tables.reading_rows import born, flags, gives_founder, told, value_of
from core.registrations.words import date_of, listed, plural, shown

_DAY = 86400
_ROOM = 200  # bytes for the names of those who get nothing


def add_channel(draft: Draft, name: str) -> str:
    """Fill the draft; returns the channel's name, fit to be shown.

    Raises:
        AccountNotFound: the snapshot has no such channel.
    """
    old = draft.old.tables.channels
    found = fold(name.encode("utf-8", "surrogateescape"), draft.old.casemapping)
    row = draft.old.channels.get(found)
    if old is None or row is None:
        raise AccountNotFound(f"{name} is not in that database", hint="is it spelt as it was registered?")
    known_as = told(old, row, names.CHANNEL)
    draft.rest_on_channel(found)
    there = draft.living.channels.get(found)
    if there is None or _may_come(draft, there, known_as):
        bring_channel(draft, found)
        if found in draft.channels:
            draft.coming_back.insert(0, f"channel{born(old, row)}")
    return known_as


def _may_come(draft: Draft, there: Row, known_as: str) -> bool:
    why = f"exists now{born(draft.living.tables.channels, there)}"
    what = f"channel {known_as}"
    return draft.meet("channel-exists", what, why, item="", choices=("ask", "merge", "replace")) != "ask"


def bring_channel(draft: Draft, channel: bytes) -> None:
    """Its row and its list. What is there of that name goes or stays as it was chosen for the whole plan."""
    living, old = draft.living.tables.channels, draft.old.tables.channels
    if living is None or old is None:
        draft.block("the living database has no chan_table")
        return
    there = draft.living.channels.get(channel)
    if there is not None and draft.wishes.choice("") == "merge":
        draft.note("the channel that is there stays as it is; access that it lacks is added")
    elif not _channel_row(draft, living, old, channel, there):
        return
    _list(draft, channel)


def _channel_row(draft: Draft, living: Table, old: Table, channel: bytes, there: Row | None) -> bool:
    row = draft.old.channels[channel]
    incoming = draft.matched(living, old, row)
    _used_now(draft, incoming)
    link = draft.living.channel_link
    if link is not None and not link.by_name:
        if there is not None:
            incoming.set(link.to, there.values[living.place(link.to)])
        elif incoming.get(link.to) is None:
            incoming.set(link.to, draft.fresh(living, link.to))
    if there is not None:
        _make_room(draft, living, there, channel)
    name = told(old, row, names.CHANNEL)
    _founder(draft, incoming, channel, name)
    if not draft.insert(incoming, f"channel {name}"):
        draft.block(f"channel {name} clashes with a row of somebody else")
        return False
    draft.channels[channel] = incoming
    return True


def _make_room(draft: Draft, living: Table, there: Row, channel: bytes) -> None:
    draft.remove(living, there)
    draft.going.append(f"channel {told(living, there, names.CHANNEL)}{born(living, there)}")
    access, rows = draft.living.tables.access, draft.living.access_in(channel)
    if access is not None and rows:
        for row in rows:
            draft.remove(access, row)
        draft.going.append(plural(len(rows), "access row"))
        draft.ground.append((channel, len(rows)))


def _used_now(draft: Draft, incoming: Incoming) -> None:
    days = draft.network.channel_days
    for name in names.USED:
        value = incoming.get(name)
        if isinstance(value, int) and days and 0 < value < draft.now - days * _DAY:
            incoming.set(name, Moment())
            draft.expiry.append(f"unused since {date_of(as_bytes(value))}: its last use is set to now")


# --- who founds it ----------------------------------------------------------------------------


def _founder(draft: Draft, incoming: Incoming, channel: bytes, name: str) -> None:
    """The founder in the channel's own row."""
    link, before = draft.living.founder_link, draft.old.founder_link
    if link is None or before is None:
        return
    old = draft.old.founder(channel)
    value = value_of(draft.old.tables.channels, draft.old.channels[channel], before.column)
    if not old and (value is None or (before.by_name and not draft.old.means_account(value))):
        return
    chosen = _founder_now(draft, old, name)
    if chosen:
        incoming.set(link.column, draft.account_key(link, draft.new_name(chosen)))
        draft.powers.append(f"{_known_as(draft, chosen)} founds {name}")


def _founder_now(draft: Draft, old: bytes, name: str) -> bytes:
    """The folded account that founds it; b"" where somebody must be chosen first."""
    absent = draft.why_absent(old) if old else "is gone"
    if not absent:
        return old
    wished = draft.living.fold(draft.wishes.founder)
    if day := draft.forgotten_now(wished):
        draft.block(f"{_known_as(draft, wished)}, who should be the founder, was forgotten on {day}")
    elif wished and (wished in draft.living.accounts or wished in draft.accounts):
        draft.rest_on_account(wished)
        return wished
    who = shown(old.lower()) if old and absent != FORGOTTEN else "the last one"
    why = f"has no founder: {who} {absent}"
    draft.meet("founder-missing", f"channel {name}", why, item=name, choices=("ask", "founder NICK"))
    return b""


def _known_as(draft: Draft, account: bytes) -> str:
    row = draft.living.accounts.get(account)
    return told(draft.living.tables.accounts, row, names.NAME) if row is not None else shown(account.lower())


# --- its list ---------------------------------------------------------------------------------


def _list(draft: Draft, channel: bytes) -> None:
    living, old = draft.living.tables.access, draft.old.tables.access
    rows = draft.old.access_in(channel)
    if living is None or old is None:
        if rows:
            draft.left_out.append("its access list: the living database has no chanacs_table")
        return
    absent: list[str] = []
    heir, orphan = _heir(draft, channel, [row for row in rows if gives_founder(old, row)])
    for row in rows:
        why = _why_not(draft, row)
        if row is orphan:
            _entry(draft, living, old, row, channel, heir=heir)
        elif why:
            who = "" if why == FORGOTTEN else shown(draft.old.entity(row).lower())
            absent.append(f"{who or 'somebody'} {why}")
        elif not heir or draft.old.entity(row) != heir:
            _entry(draft, living, old, row, channel)
    if absent:
        draft.left_out.append(f"access: {listed(absent, _ROOM)}")


def _heir(draft: Draft, channel: bytes, founders: list[Row]) -> tuple[bytes, Row | None]:
    """Who gets the entry of a founder, where the list alone says who founds it, and all of them are gone."""
    has_column = draft.living.founder_link is not None and draft.old.founder_link is not None
    if has_column or not founders or channel not in draft.channels or not all(_why_not(draft, row) for row in founders):
        return b"", None
    name = told(draft.old.tables.channels, draft.old.channels[channel], names.CHANNEL)
    heir = _founder_now(draft, b"", name)
    return (heir, founders[0]) if heir else (b"", None)


def _why_not(draft: Draft, row: Row) -> str:
    """Why an entry cannot come; "" = it can. A hostmask or a group is not asked about."""
    link, table = draft.old.entity_link, draft.old.tables.access
    if link is None or table is None or draft.living.tables.accounts is None:
        return ""
    account = draft.old.entity(row)
    value = row.values[table.place(link.column)]
    if not account:
        return "" if value is None or (link.by_name and not draft.old.means_account(value)) else "is gone"
    return draft.why_absent(account)


def _entry(draft: Draft, living: Table, old: Table, row: Row, channel: bytes, *, heir: bytes = b"") -> None:
    incoming = draft.matched(living, old, row)
    account = heir or draft.new_name(draft.old.entity(row))
    entity, of_channel = draft.living.entity_link, draft.living.channel_link
    if entity is not None and account:
        incoming.set(entity.column, draft.account_key(entity, account))
    if of_channel is not None and not of_channel.by_name:
        incoming.set(of_channel.column, draft.channel_key(of_channel, channel))
    if _has_one(draft, channel, account, incoming) or not draft.insert(incoming, "an entry of its access list"):
        return
    who = _known_as(draft, account) if account else shown(_mask(old, row))
    draft.access.append(f"{who} {flags(old, row)}".strip())


def _mask(old: Table, row: Row) -> bytes:
    """What stands where an account could: a hostmask, a group."""
    columns = [old.place(column) for column in names.ENTITY]
    return next((as_bytes(row.values[at]) for at in columns if at >= 0 and row.values[at] is not None), b"")


def _has_one(draft: Draft, channel: bytes, account: bytes, incoming: Incoming) -> bool:
    """Whether the list that stays has an entry for that account, or this very entry."""
    there = [row for row in draft.living.access_in(channel) if not draft.is_going(row)]
    if account:
        return any(draft.living.entity(row) == account for row in there)
    return any(incoming.is_there_as(row) for row in there)
