"""Everything in a database that belongs to one account, one channel or one group."""

from dataclasses import dataclass

from core.domain.casemapping import Casemapping
from core.formats.atheme import Database, Lines, Row, field, lookup, parse
from core.registrations.living import Living
from core.registrations.wish import Target

_OWN = (b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP")  # in the order in which services print them
Entry = tuple[Row, ...]
"""A CA row with its MDA rows."""


def find_in_rows(database: Database, target: Target, casemapping: Casemapping) -> bytes | None:
    """The stored name of what is meant, or None. A grouped nick stands for its account."""
    name = target.name.encode("utf-8", "surrogateescape")
    if target.kind == "account":
        return lookup(database, name, casemapping)
    living = Living(database, casemapping)
    row, at = (living.channels, 1) if target.kind == "channel" else (living.groups, 2)
    found = row.get(living.fold(name))
    return field(found, at) if found is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One account's rows, by what they are, in the order of the file."""

    account: Row  # MU
    own: tuple[Row, ...]  # MDU ME MI AC MN MCFP
    groups: tuple[Row, ...]  # GACL
    access: tuple[Entry, ...]
    operator: Row | None  # SO
    requests: tuple[Row, ...]  # HR HE
    pending: tuple[Row, ...]  # CSREQ
    marks: tuple[Row, ...]  # MM

    @property
    def name(self) -> bytes:
        """The account's name, as stored."""
        return field(self.account, 2)

    def rows(self, kind: bytes) -> tuple[Row, ...]:
        """Its own rows of one kind."""
        return tuple(row for row in self.own if row.kind == kind)


def select_account(old: Living, name: bytes) -> Selection | None:
    """What belongs to the account of that name, or None if there is none."""
    wanted = old.fold(name)
    account = old.accounts.get(wanted)
    if account is None:
        return None
    uid = field(account, 1)

    def named(kind: bytes, index: int) -> list[Row]:
        return old.naming(kind, index, wanted)

    own = [row for kind in _OWN for row in named(kind, 1)]
    nicks = {wanted} | {old.fold(field(row, 2)) for row in own if row.kind == b"MN"}
    vhosts = [row for row in old.rows(b"HR") if old.fold(field(row, 1)) in nicks]
    return Selection(
        account=account,
        own=tuple(own),
        groups=tuple(named(b"GACL", 2)),
        access=entries_for(old, wanted),
        operator=next(iter(named(b"SO", 1)), None),
        requests=(*vhosts, *named(b"HE", 1)),
        pending=tuple(named(b"CSREQ", 2)),
        marks=tuple(row for row in old.rows(b"MM") if field(row, 1) == uid),
    )


def read_account(lines: Lines, name: bytes) -> tuple[Living, Selection] | None:
    """The same out of a file of which nothing else is read: of 300,000 rows a few have to do with one account.

    The first is that part of the database in which all rows are that hold its name, its nicks or its uid.
    """
    near = select_account(Living(parse(lines.about([name])), lines.casemapping), name)
    if near is None:
        return None
    nicks = [field(row, 2) for row in near.rows(b"MN")]
    living = Living(parse(lines.about([name, field(near.account, 1), *nicks])), lines.casemapping)
    selection = select_account(living, name)
    return (living, selection) if selection is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBlock:
    """One channel's rows."""

    channel: Row  # MC
    access: tuple[Entry, ...]
    properties: tuple[Row, ...]  # MDC

    @property
    def name(self) -> bytes:
        """The channel's name, as stored."""
        return field(self.channel, 1)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them."""
        return (self.channel, *(row for entry in self.access for row in entry), *self.properties)


def select_channel(old: Living, name: bytes) -> ChannelBlock | None:
    """A channel of that name, with everything that is its own."""
    wanted = old.fold(name)
    channel = old.channels.get(wanted)
    if channel is None:
        return None
    return ChannelBlock(
        channel=channel,
        access=_entries(old, 1, wanted),
        properties=tuple(old.naming(b"MDC", 1, wanted)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBlock:
    """One group's rows, and its access to channels."""

    group: Row  # GRP
    properties: tuple[Row, ...]  # MDG
    members: tuple[Row, ...]  # GACL
    memberships: tuple[Row, ...]  # GACL of other groups, in which it is a member
    access: tuple[Entry, ...]
    offers: tuple[Row, ...]  # HO

    @property
    def name(self) -> bytes:
        """The group's name, as stored."""
        return field(self.group, 2)


def select_group(old: Living, name: bytes) -> GroupBlock | None:
    """A group of that name, with everything that is its own."""
    wanted = old.fold(name)
    group = old.groups.get(wanted)
    if group is None:
        return None

    def named(kind: bytes, index: int) -> tuple[Row, ...]:
        return tuple(old.naming(kind, index, wanted))

    return GroupBlock(
        group=group,
        properties=named(b"MDG", 1),
        members=named(b"GACL", 1),
        memberships=named(b"GACL", 2),
        access=entries_for(old, wanted),
        offers=named(b"HO", 1),
    )


def entries_for(old: Living, name: bytes) -> tuple[Entry, ...]:
    """The access entries of one entity, by its folded name."""
    return _entries(old, 2, name)


def _entries(old: Living, index: int, name: bytes) -> tuple[Entry, ...]:
    entries = {_target(old, row): [row] for row in old.naming(b"CA", index, name)}
    for row in old.naming(b"MDA", index, name):
        entry = entries.get(_target(old, row))
        if entry is not None:
            entry.append(row)
    return tuple(map(tuple, entries.values()))


def _target(old: Living, row: Row) -> tuple[bytes, bytes]:
    return old.fold(field(row, 1)), old.fold(field(row, 2))
