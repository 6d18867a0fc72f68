"""The living database, indexed for the questions that a plan asks of it."""

from functools import cached_property

from core.domain.casemapping import Casemapping, fold
from core.formats.atheme import Database, Row, field, is_master, modules, schema_version


class Living:
    """Names in, answers out; everything is compared as the network compares it."""

    def __init__(self, database: Database, casemapping: Casemapping) -> None:
        self.database = database
        self.casemapping = casemapping
        self.master = is_master(database)
        self.schema = schema_version(database)

    def fold(self, name: bytes) -> bytes:
        """The form in which names compare."""
        return fold(name, self.casemapping)

    def rows(self, kind: bytes) -> list[Row]:
        """All rows of a kind."""
        return [row for row in self.database.rows if row.kind == kind]

    @cached_property
    def accounts(self) -> dict[bytes, Row]:
        """Folded name → MU."""
        return {self.fold(field(row, 2)): row for row in self.rows(b"MU")}

    @cached_property
    def nicks(self) -> dict[bytes, bytes]:
        """Folded nick → the account that owns it."""
        return {self.fold(field(row, 2)): field(row, 1) for row in self.rows(b"MN")}

    @cached_property
    def certfps(self) -> dict[bytes, bytes]:
        """Fingerprint → account."""
        return {field(row, 2).lower(): field(row, 1) for row in self.rows(b"MCFP")}

    @cached_property
    def groups(self) -> dict[bytes, Row]:
        """Folded name → GRP."""
        return {self.fold(field(row, 2)): row for row in self.rows(b"GRP")}

    @cached_property
    def channels(self) -> dict[bytes, Row]:
        """Folded name → MC."""
        return {self.fold(field(row, 1)): row for row in self.rows(b"MC")}

    @cached_property
    def uids(self) -> frozenset[bytes]:
        """All uids in use: accounts and groups share them."""
        return frozenset(field(row, 1) for row in (*self.rows(b"MU"), *self.rows(b"GRP")))

    @cached_property
    def founders(self) -> dict[bytes, list[bytes]]:
        """Folded channel → who holds its founder flag."""
        found: dict[bytes, list[bytes]] = {}
        for row in self.rows(b"CA"):
            if b"F" in field(row, 3):
                found.setdefault(self.fold(field(row, 1)), []).append(field(row, 2))
        return found

    @cached_property
    def last_uid(self) -> bytes:
        """The last uid that was given out."""
        return next((field(row, 1)[:9] for row in self.rows(b"LUID")), b"")

    @cached_property
    def access_letters(self) -> frozenset[int]:
        """The letters of channel access that these services know."""
        return frozenset(next((field(row, 1) for row in self.rows(b"CF")), b""))

    @cached_property
    def modules(self) -> frozenset[bytes]:
        """What MDEP names."""
        return modules(self.database)

    def is_entity(self, name: bytes) -> bool:
        """Whether there is an account or group of that name."""
        return self.fold(name) in (self.groups if name.startswith(b"!") else self.accounts)
