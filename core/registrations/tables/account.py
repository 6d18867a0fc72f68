"""An account comes back: its row, its nicks, its access to channels that are there."""

from core.domain.errors import AccountNotFound
from core.formats.sqlite import Row, Table
from core.formats.sqlite.model import as_bytes
from core.registrations.tables import names
from core.registrations.tables.access import add_access, leave_access
from core.registrations.tables.draft import Draft
from core.registrations.tables.forgetting import erased_on, stored
from core.registrations.tables.incoming import Incoming, Moment
from core.registrations.tables.link import Link
from core.registrations.tables.reading_rows import born, told
from core.registrations.words import date_of, plural, shown

_DAY = 86400


def add_account(draft: Draft, name: str) -> str:
    """Fill the draft; returns the account's name, fit to be shown.

    Raises:
        AccountNotFound: the snapshot has no such account.
    """
    table = draft.old.tables.accounts
    found = draft.old.find_account(name.encode("utf-8", "surrogateescape"))
    if table is None or found is None:
        raise AccountNotFound(f"{name} is not in that database", hint="is it spelt as it was registered?")
    row = draft.old.accounts[found]
    known_as = told(table, row, names.NAME)
    if _is_erased(draft, table, row, found, known_as):
        return known_as
    wanted = _new_name(draft, found)
    if _may_come(draft, row, found, wanted) and _account_row(draft, row, found, wanted):
        _warn_of_leftovers(draft, wanted)
        _nicks(draft, found, wanted)
        add_access(draft, found, wanted)
    return known_as


def _is_erased(draft: Draft, table: Table, row: Row, found: bytes, known_as: str) -> bool:
    day = erased_on(draft.erasure, stored(table, row), found)
    if day:
        draft.block(f"account {known_as} was forgotten on {day}, and is never brought back")
    return bool(day)


def _new_name(draft: Draft, found: bytes) -> bytes:
    """The folded name that it gets."""
    if not draft.wishes.new_name:
        return found
    draft.renamed[found] = draft.wishes.new_name
    draft.note(f"it comes back as {shown(draft.wishes.new_name.encode('utf-8', 'surrogateescape'))}")
    return draft.new_name(found)


def _may_come(draft: Draft, row: Row, found: bytes, wanted: bytes) -> bool:
    """Whether the name is free, or made free, or the account that has it is added to."""
    there = draft.living.accounts.get(wanted)
    draft.rest_on_account(wanted)
    nick = draft.living.nicks.get(wanted)
    owner = draft.living.owner(nick) if nick is not None else b""
    if there is None and owner and owner != wanted:
        what, why = f"nick {_name(draft, found, row)}", f"is {_living_name(draft, owner)}'s now"
        draft.ground.append((wanted, owner))
        return draft.meet("nick-taken", what, why, item="", choices=("ask", "replace", "as NEWNAME")) != "ask"
    if there is None:
        return True
    table = draft.living.tables.accounts
    what, why = f"account {told(table, there, names.NAME)}", f"exists now{born(table, there)}"
    ways: tuple[str, ...] = ("ask", "merge", "replace", "as NEWNAME")
    if day := draft.forgotten_now(wanted):  # nothing is added to who asked to be forgotten
        why, ways = f"{why}, and was forgotten on {day}", ("ask", "replace", "as NEWNAME")
    return draft.meet("account-exists", what, why, item="", choices=ways) != "ask"


def _name(draft: Draft, found: bytes, row: Row) -> str:
    if found in draft.renamed:
        return shown(as_bytes(draft.renamed[found]))
    return told(draft.old.tables.accounts, row, names.NAME)


def _living_name(draft: Draft, folded: bytes) -> str:
    row = draft.living.accounts.get(folded)
    return told(draft.living.tables.accounts, row, names.NAME) if row is not None else shown(folded)


# --- its row ----------------------------------------------------------------------------------


def _account_row(draft: Draft, row: Row, found: bytes, wanted: bytes) -> bool:
    """The account's own row; False where it cannot come."""
    living, old = draft.living.tables.accounts, draft.old.tables.accounts
    if living is None or old is None:
        draft.block("the living database has no account_table")
        return False
    there = draft.living.accounts.get(wanted)
    if there is not None and draft.wishes.choice("") == "merge":
        draft.note("the account that is there stays as it is; what it lacks is added")
        draft.merged.add(found)
        return True
    incoming = draft.matched(living, old, row)
    if found in draft.renamed:
        incoming.set(names.NAME, draft.renamed[found])
    _without_power(draft, incoming)
    _used_now(draft, incoming)
    _numbered(draft, incoming, there)
    if there is not None:
        _make_room(draft, there, wanted)
    if not draft.insert(incoming, f"account {_name(draft, found, row)}"):
        draft.block(f"account {_name(draft, found, row)} clashes with a row of somebody else")
        return False
    draft.accounts[wanted] = incoming
    draft.coming_back.insert(0, f"account{born(old, row)}")
    return True


def _links(draft: Draft) -> list[Link]:
    living = draft.living
    return [link for link in (living.owner_link, living.entity_link, living.founder_link) if link is not None]


def _numbered(draft: Draft, incoming: Incoming, there: Row | None) -> None:
    """Others mean it by a number: one that replaces keeps the number of the one that goes."""
    for column in {link.to for link in _links(draft) if link.to != names.NAME}:
        if there is not None:
            incoming.set(column, there.values[incoming.table.place(column)])
        elif incoming.get(column) is None:
            incoming.set(column, draft.fresh(incoming.table, column))


def _without_power(draft: Draft, incoming: Incoming) -> None:
    """Services operator only where it is wished for."""
    for name in names.OPERATOR:
        value = incoming.get(name)
        if value in {None, 0, "", "0", b"", b"0"}:
            continue
        if draft.wishes.operator:
            draft.powers.append(f"services operator ({name})")
            continue
        draft.left_out.append(f"services operator ({name})")
        column = incoming.table.column(name)
        if column is not None and column.required and not column.has_default:
            incoming.set(name, 0 if column.is_integer else "")
        elif column is not None:
            del incoming.values[column.name]


def _used_now(draft: Draft, incoming: Incoming) -> None:
    """An account that was not used for long would go with services' first sweep."""
    days = draft.network.nick_days
    for name in names.USED:
        value = incoming.get(name)
        if isinstance(value, int) and days and 0 < value < draft.now - days * _DAY:
            incoming.set(name, Moment())
            draft.expiry.append(f"unused since {date_of(as_bytes(value))}: its last use is set to now")


def _make_room(draft: Draft, there: Row, wanted: bytes) -> None:
    """The account of that name, its nicks and its access go."""
    living = draft.living
    accounts, nick_table = living.tables.accounts, living.tables.nicks
    if accounts is not None:
        draft.remove(accounts, there)
        draft.going.append(f"account {told(accounts, there, names.NAME)}{born(accounts, there)}")
    nicks = living.nicks_of(wanted)
    if nick_table is not None and nicks:
        for nick in nicks:
            draft.remove(nick_table, nick)
        draft.going.append(plural(len(nicks), "nick"))
    leave_access(draft, wanted)
    founded = living.founded_by(wanted)
    if founded:
        draft.powers.append(f"founder of {', '.join(shown(name.lower()) for name in founded[:5])}, founded since")


def _warn_of_leftovers(draft: Draft, wanted: bytes) -> None:
    """Rows that were left behind when the account went mean it again as soon as it is back."""
    living, incoming = draft.living, draft.accounts.get(wanted)
    if incoming is None or wanted in living.accounts:
        return
    pairs = (
        (living.tables.channels, living.founder_link, "founder of"),
        (living.tables.access, living.entity_link, ""),
    )
    for table, link, what in pairs:
        if table is None or link is None:
            continue
        key, at = incoming.get(link.to), table.place(link.column)
        meant = [row for row in table.rows if _means(draft, link, row.values[at], key, wanted)]
        channels = sorted({told(table, row, names.CHANNEL) for row in meant})
        if channels:
            word = what or "access to"
            draft.powers.append(f"{word} {', '.join(channels[:5])}, as rows there still say")
            draft.ground.append((word, channels))


def _means(draft: Draft, link: Link, value: object, key: object, wanted: bytes) -> bool:
    if not link.by_name:
        return value is not None and value == key
    return isinstance(value, str | bytes) and draft.living.fold(value) == wanted


# --- its nicks --------------------------------------------------------------------------------


def _nicks(draft: Draft, found: bytes, wanted: bytes) -> None:
    living, old = draft.living.tables.nicks, draft.old.tables.nicks
    nicks = draft.old.nicks_of(found)
    if living is None or old is None:
        if nicks:
            draft.left_out.append(f"{plural(len(nicks), 'nick')}: the living database has no nick_table")
        return
    back = sum(_nick(draft, living, draft.matched(living, old, row), found, wanted) for row in nicks)
    if back:
        draft.coming_back.append(plural(back, "nick"))


def _nick(draft: Draft, living: Table, incoming: Incoming, found: bytes, wanted: bytes) -> bool:
    """One nick, if it is free. Returns whether it comes."""
    nick = draft.living.fold(_raw(incoming))
    if nick == found and found in draft.renamed:
        incoming.set(names.NICK, draft.renamed[found])
        nick = wanted
    known_as = shown(_raw(incoming))
    if not _nick_is_free(draft, living, nick, wanted, known_as):
        return False
    link = draft.living.owner_link
    if link is not None:
        incoming.set(link.column, draft.account_key(link, wanted))
    _used_now_quietly(draft, incoming)
    return draft.insert(incoming, f"nick {known_as}")


def _raw(incoming: Incoming) -> bytes:
    value = incoming.get(names.NICK)
    return as_bytes(value) if isinstance(value, int | float | str | bytes) else b""


def _used_now_quietly(draft: Draft, incoming: Incoming) -> None:
    """The same guard as for the account, which has told of it."""
    told_before = len(draft.expiry)
    _used_now(draft, incoming)
    del draft.expiry[max(1, told_before) :]


def _nick_is_free(draft: Draft, living: Table, nick: bytes, wanted: bytes, known_as: str) -> bool:
    there = draft.living.nicks.get(nick)
    owner = draft.living.owner(there) if there is not None else b""
    draft.ground.append((nick, there is not None, owner))
    if nick != wanted and nick in draft.living.accounts:
        draft.meet("nick-taken", f"nick {known_as}", "is an account now", item=known_as, choices=("skip",))
        return False
    if there is None or draft.is_going(there):
        return True
    if owner == wanted and wanted in draft.living.accounts:
        return False  # it is there already
    if nick == wanted:  # what was chosen for the whole account holds for its own name
        return _take(draft, living, there, known_as)
    why = f"is {_living_name(draft, owner)}'s now" if owner else "is registered now"
    chosen = draft.meet("nick-taken", f"nick {known_as}", why, item=known_as, choices=("skip", "replace"))
    return chosen == "replace" and _take(draft, living, there, known_as)


def _take(draft: Draft, living: Table, there: Row, known_as: str) -> bool:
    draft.remove(living, there)
    draft.going.append(f"nick {known_as}, as it is registered now")
    return True
