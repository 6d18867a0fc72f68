"""Everything in a database that belongs to one account, and the blocks of channels and groups."""

from collections.abc import Callable
from dataclasses import dataclass

from core.formats.atheme import Row, field
from core.registrations.living import Living

_OWN = (b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP")  # in the order in which services print them
Entry = tuple[Row, ...]
"""A CA row with its MDA rows."""


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
        return [row for row in old.rows(kind) if old.fold(field(row, index)) == wanted]

    own = [row for kind in _OWN for row in named(kind, 1)]
    nicks = {wanted} | {old.fold(field(row, 2)) for row in own if row.kind == b"MN"}
    vhosts = [row for row in old.rows(b"HR") if old.fold(field(row, 1)) in nicks]
    return Selection(
        account=account,
        own=tuple(own),
        groups=tuple(named(b"GACL", 2)),
        access=_entries(old, lambda row: old.fold(field(row, 2)) == wanted),
        operator=next(iter(named(b"SO", 1)), None),
        requests=(*vhosts, *named(b"HE", 1)),
        pending=tuple(named(b"CSREQ", 2)),
        marks=tuple(row for row in old.rows(b"MM") if field(row, 1) == uid),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBlock:
    """One channel's rows."""

    channel: Row  # MC
    access: tuple[Entry, ...]
    properties: tuple[Row, ...]  # MDC


def select_channel(old: Living, name: bytes) -> ChannelBlock | None:
    """A channel of that name, with everything that is its own."""
    wanted = old.fold(name)
    channel = old.channels.get(wanted)
    if channel is None:
        return None
    return ChannelBlock(
        channel=channel,
        access=_entries(old, lambda row: old.fold(field(row, 1)) == wanted),
        properties=tuple(row for row in old.rows(b"MDC") if old.fold(field(row, 1)) == wanted),
    )


def _entries(old: Living, is_wanted: Callable[[Row], bool]) -> tuple[Entry, ...]:
    entries = {_target(old, row): [row] for row in old.rows(b"CA") if is_wanted(row)}
    for row in old.rows(b"MDA"):
        entry = entries.get(_target(old, row))
        if entry is not None:
            entry.append(row)
    return tuple(map(tuple, entries.values()))


def _target(old: Living, row: Row) -> tuple[bytes, bytes]:
    return old.fold(field(row, 1)), old.fold(field(row, 2))
