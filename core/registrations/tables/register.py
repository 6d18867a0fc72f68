"""The four tables of one database, indexed for the questions that a plan asks of them."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from core.domain.casemapping import Casemapping, fold
from core.domain.errors import PlanBlocked
from core.formats.sqlite import Row, Table, Tables, Value
from core.formats.sqlite.model import as_bytes
from core.registrations.tables import names
from core.registrations.tables.link import Link, link_of

_NO_NAME = frozenset(b"!@*?$ ")  # a hostmask, a group, an extended target: no account


class Register:
    """Names in, rows out; names are compared as the network compares them."""

    def __init__(self, tables: Tables, casemapping: Casemapping) -> None:
        self.tables = tables
        self.casemapping = casemapping

    def fold(self, value: Value) -> bytes:
        """The form in which names compare, whatever they are stored as."""
        return fold(as_bytes(value), self.casemapping)

    @cached_property
    def accounts(self) -> dict[bytes, Row]:
        """Folded name → its row."""
        return self._by_name(self.tables.accounts, names.NAME)

    @cached_property
    def nicks(self) -> dict[bytes, Row]:
        """Folded nick → its row."""
        return self._by_name(self.tables.nicks, names.NICK)

    @cached_property
    def channels(self) -> dict[bytes, Row]:
        """Folded channel → its row."""
        return self._by_name(self.tables.channels, names.CHANNEL)

    def _by_name(self, table: Table | None, column: str) -> dict[bytes, Row]:
        if table is None:
            return {}
        at = table.place(column)
        if at < 0:
            raise PlanBlocked(
                f"{table.name} has no column `{column}`",
                hint="restore the whole database instead, or that table by hand",
            )
        found: dict[bytes, Row] = {}
        for row in table.rows:
            found.setdefault(self.fold(row.values[at]), row)
        found.pop(b"", None)
        return found

    # --- who is meant ------------------------------------------------------------------------

    @cached_property
    def owner_link(self) -> Link | None:
        """nick_table → account_table."""
        return self._to_account(self.tables.nicks, names.OWNER)

    @cached_property
    def entity_link(self) -> Link | None:
        """chanacs_table → account_table."""
        return self._to_account(self.tables.access, names.ENTITY)

    @cached_property
    def founder_link(self) -> Link | None:
        """chan_table → account_table."""
        return self._to_account(self.tables.channels, names.FOUNDER)

    @cached_property
    def channel_link(self) -> Link | None:
        """chanacs_table → chan_table."""
        access, channels = self.tables.access, self.tables.channels
        if access is None or channels is None:
            return None
        return link_of(access, names.OF_CHANNEL, channels, name=names.CHANNEL, ids=names.CHANNEL_ID)

    def _to_account(self, table: Table | None, candidates: tuple[str, ...]) -> Link | None:
        accounts = self.tables.accounts
        if table is None or accounts is None:
            return None
        return link_of(table, candidates, accounts, name=names.NAME, ids=names.ACCOUNT_ID)

    def account_of(self, table: Table | None, row: Row, link: Link | None) -> bytes:
        """The folded name of the account that a row means; a grouped nick means its owner. b"" = no account."""
        if table is None or link is None:
            return b""
        value = row.values[table.place(link.column)]
        if not link.by_name:
            return self._numbered(link.to).get(value, b"")
        name = self.fold(value)
        if name in self.accounts or not self.means_account(value):
            return name if name in self.accounts else b""
        nick = self.nicks.get(name)
        return (self.owner(nick) if nick is not None and table is not self.tables.nicks else b"") or name

    @staticmethod
    def means_account(value: Value) -> bool:
        """Whether a value can be the name of an account at all."""
        raw = as_bytes(value)
        return bool(raw) and not _NO_NAME.intersection(raw)

    def _numbered(self, column: str) -> dict[Value, bytes]:
        return self._numbers(self.tables.accounts, column, self.accounts)

    @staticmethod
    def _numbers(table: Table | None, column: str, rows: dict[bytes, Row]) -> dict[Value, bytes]:
        at = table.place(column) if table is not None else -1
        return {row.values[at]: name for name, row in rows.items()} if at >= 0 else {}

    def owner(self, nick: Row) -> bytes:
        """The folded account that a nick is grouped to; without such a column, the account of the same name."""
        table = self.tables.nicks
        if table is None:
            return b""
        if self.owner_link is not None:
            return self.account_of(table, nick, self.owner_link)
        name = self.fold(nick.values[table.place(names.NICK)])
        return name if name in self.accounts else b""

    def entity(self, row: Row) -> bytes:
        """The folded account that an access row is for, or b""."""
        return self._entities.get(id(row), b"")

    @cached_property
    def _entities(self) -> dict[int, bytes]:
        table, link = self.tables.access, self.entity_link
        if table is None or link is None:
            return {}
        if link.by_name:
            return {id(row): self.account_of(table, row, link) for row in table.rows}
        known, at = self._numbered(link.to), table.place(link.column)
        return {id(row): known.get(row.values[at], b"") for row in table.rows}

    def channel_of(self, row: Row) -> bytes:
        """The folded channel that an access row is of, or b""."""
        return self._channels_of.get(id(row), b"")

    @cached_property
    def _channels_of(self) -> dict[int, bytes]:
        table, link = self.tables.access, self.channel_link
        if table is None:
            return {}
        at = table.place(link.column if link is not None else names.CHANNEL)
        if at < 0:
            return {}
        if link is None or link.by_name:
            return {id(row): self.fold(row.values[at]) for row in table.rows}
        known = self._numbers(self.tables.channels, link.to, self.channels)
        return {id(row): known.get(row.values[at], b"") for row in table.rows}

    def channel_numbered(self, number: Value) -> bytes:
        """The folded channel that access rows mean by a number, or b""."""
        link = self.channel_link
        return self._numbers(self.tables.channels, link.to, self.channels).get(number, b"") if link is not None else b""

    # --- what is whose -----------------------------------------------------------------------

    def find_account(self, name: bytes) -> bytes | None:
        """The folded account of that name, or that owns it as a nick."""
        folded = fold(name, self.casemapping)
        if folded in self.accounts:
            return folded
        nick = self.nicks.get(folded)
        owner = self.owner(nick) if nick is not None else b""
        return owner if owner in self.accounts else None

    def nicks_of(self, account: bytes) -> list[Row]:
        """The nicks that are grouped to it, its own name among them."""
        return [row for row in self.nicks.values() if self.owner(row) == account]

    def access_of(self, account: bytes) -> list[Row]:
        """Its access to channels."""
        return self._by_entity.get(account, [])

    def access_in(self, channel: bytes) -> list[Row]:
        """The access list of a channel."""
        return self._by_channel.get(channel, [])

    @cached_property
    def _by_entity(self) -> dict[bytes, list[Row]]:
        return self._grouped(self._access_rows(), self._entities)

    @cached_property
    def _by_channel(self) -> dict[bytes, list[Row]]:
        return self._grouped(self._access_rows(), self._channels_of)

    def _access_rows(self) -> tuple[Row, ...]:
        return self.tables.access.rows if self.tables.access is not None else ()

    @staticmethod
    def _grouped(rows: Iterable[Row], key: dict[int, bytes]) -> dict[bytes, list[Row]]:
        found: defaultdict[bytes, list[Row]] = defaultdict(list)
        for row in rows:
            if key.get(id(row)):
                found[key[id(row)]].append(row)
        return dict(found)

    def founded_by(self, account: bytes) -> list[bytes]:
        """The folded channels that it founded, where the table has such a column."""
        return [name for name in self.channels if self.founder(name) == account]

    def founder(self, channel: bytes) -> bytes:
        """The folded account that founded a channel, or b""."""
        return self.account_of(self.tables.channels, self.channels[channel], self.founder_link)
