"""Is a name in the tables, and what was it there?"""

from core.domain.casemapping import fold
from core.formats.sqlite import Row
from core.formats.sqlite.model import as_bytes
from core.registrations.tables import names
from core.registrations.tables.forgetting import identity, stored
from core.registrations.tables.reading_rows import gives_founder, registered, told, value_of
from core.registrations.tables.register import Register
from core.registrations.whereabouts import Sighting
from core.registrations.words import date_of, listed, plural, shown

_ROOM = 120  # bytes for names in a sentence


def find_in_register(register: Register, name: bytes) -> Sighting | None:
    """What bears `name`: "#chan", an account or a grouped nick. Tables keep no groups.

    Raises:
        PlanBlocked: the tables have it in columns that nobody knows.
    """
    folded = fold(name, register.casemapping)
    if name.startswith((b"#", b"&", b"+")):
        row = register.channels.get(folded)
        return _channel(register, folded, row) if row is not None else None
    if folded in register.accounts:
        return _account(register, folded)
    nick = register.nicks.get(folded)
    owner = register.owner(nick) if nick is not None else b""
    return _nick(register, nick, owner) if nick is not None and owner in register.accounts else None


def _account(register: Register, name: bytes) -> Sighting:
    table, row = register.tables.accounts, register.accounts[name]
    nicks = register.tables.nicks
    grouped = [nick for nick in register.nicks_of(name) if register.fold(value_of(nicks, nick, names.NICK)) != name]
    details = [f"nicks {listed([told(nicks, nick, names.NICK) for nick in grouped], _ROOM)}"] if grouped else []
    listing = register.tables.access
    founded = {register.channel_of(entry) for entry in register.access_of(name) if gives_founder(listing, entry)}
    number = len(founded | set(register.founded_by(name)))
    details += [f"founder of {plural(number, 'channel')}"] if number else []
    details += ["services operator"] if is_operator(register, row) else []
    return Sighting(
        kind="account",
        identity=_known_by(register, name),
        name=told(table, row, names.NAME),
        registered=date_of(as_bytes(registered(table, row))),
        details=tuple(details),
        person=identity(stored(table, row), name),
    )


def is_operator(register: Register, account: Row) -> bool:
    """Whether a column says so."""
    values = (value_of(register.tables.accounts, account, column) for column in names.OPERATOR)
    return any(as_bytes(value) not in {b"", b"0"} for value in values)


def _known_by(register: Register, name: bytes) -> str:
    number, born = identity(stored(register.tables.accounts, register.accounts[name]), name)
    return f"{shown(number)} of {shown(born)}"


def _nick(register: Register, nick: Row, owner: bytes) -> Sighting:
    table, accounts = register.tables.nicks, register.tables.accounts
    return Sighting(
        kind="account",
        identity=f"nick of {_known_by(register, owner)}",
        name=told(table, nick, names.NICK),
        nick_of=told(accounts, register.accounts[owner], names.NAME),
        registered=date_of(as_bytes(registered(table, nick))),
        person=identity(stored(accounts, register.accounts[owner]), owner),
    )


def _channel(register: Register, name: bytes, row: Row) -> Sighting:
    table, entries = register.tables.channels, register.access_in(name)
    born = as_bytes(registered(table, row))
    founders = [spelt(register, one) for one in founders_of(register, name)]
    return Sighting(
        kind="channel",
        identity=f"of {shown(born)}",
        name=told(table, row, names.CHANNEL),
        registered=date_of(born),
        details=(
            f"founder {listed(founders, _ROOM)}" if founders else "no founder",
            f"{len(entries)} on its list",
        ),
    )


def founders_of(register: Register, channel: bytes) -> list[bytes]:
    """The folded accounts that found a channel: by its own row, and by its list."""
    listing = register.tables.access
    entries = [register.entity(row) for row in register.access_in(channel) if gives_founder(listing, row)]
    found = [register.founder(channel) if channel in register.channels else b"", *entries]
    return [one for one in dict.fromkeys(found) if one]


def spelt(register: Register, account: bytes) -> str:
    """A folded account as it is spelt, fit to be shown."""
    row = register.accounts.get(account)
    return told(register.tables.accounts, row, names.NAME) if row is not None else shown(account.lower())
