"""A database, indexed for the questions that a plan asks of it."""

from collections import defaultdict
from functools import cached_property

from core.domain.casemapping import Casemapping, folding
from core.formats.atheme import Database, Row, field, is_master, modules, schema_version
from core.formats.atheme.facts import lists_all_modules
from core.formats.atheme.schema import FORMS, MODULES

MARK = b"private:mark:"
# Modules that several protocols are made of (Atheme's modules/protocol).
_SHARED = (b"protocol/base36uid", b"protocol/ts6-generic", b"protocol/mixin_")


def living_of(database: "Database | Living", casemapping: Casemapping) -> "Living":
    """The database with its indexes; one that has them keeps those that were made."""
    return database if isinstance(database, Living) else Living(database, casemapping)


def number(word: bytes) -> int:
    """A time or a count as services wrote it; 0 for what is none."""
    return int(word) if word.isdigit() else 0


class Living:
    """Names in, answers out; everything is compared as the network compares it."""

    def __init__(self, database: Database, casemapping: Casemapping) -> None:
        self.database = database
        self.casemapping = casemapping
        self.fold = folding(casemapping)  # into the form in which names compare
        self._readable: dict[bytes, list[Row]] = {}
        self._named: dict[tuple[bytes, int, bytes], list[Row]] = {}
        self.master = is_master(database)
        self.schema = schema_version(database)

    @cached_property
    def _by_kind(self) -> defaultdict[bytes, list[Row]]:
        found: defaultdict[bytes, list[Row]] = defaultdict(list)
        for row in self.database.rows:
            found[row.kind].append(row)
        return found

    def rows(self, kind: bytes) -> list[Row]:
        """All rows of a kind, in order; but not those with fields missing, which nobody can read."""
        if kind not in self._readable:
            form = FORMS.get(kind)
            least = form.needed + form.text if form is not None else 0
            self._readable[kind] = [row for row in self._by_kind[kind] if row.raw.count(b" ") >= least]
        return self._readable[kind]

    def naming(self, kind: bytes, index: int, name: bytes) -> list[Row]:
        """The rows of a kind that have a folded name in that field. To ask again costs nothing."""
        asked = kind, index, name
        if asked not in self._named:
            fold = self.fold
            # A glance at the whole row first: almost none of them has the name anywhere.
            near = [row for row in self.rows(kind) if name in fold(row.raw)]
            self._named[asked] = [row for row in near if fold(field(row, index)) == name]
        return self._named[asked]

    @cached_property
    def accounts(self) -> dict[bytes, Row]:
        """Folded name → MU."""
        return {self.fold(row.raw.split(b" ", 3)[2]): row for row in self.rows(b"MU")}

    @cached_property
    def nicks(self) -> dict[bytes, bytes]:
        """Folded nick → the account that owns it."""
        words = (row.raw.split(b" ", 3) for row in self.rows(b"MN"))
        return {self.fold(nick): owner for _, owner, nick, _ in words}

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
    def bots(self) -> frozenset[bytes]:
        """The folded nicks of BotServ's bots."""
        return frozenset(self.fold(field(row, 1)) for row in self.rows(b"BOT"))

    @cached_property
    def uids(self) -> frozenset[bytes]:
        """All uids in use: accounts and groups share them."""
        return frozenset(row.raw.split(b" ", 2)[1] for row in (*self.rows(b"MU"), *self.rows(b"GRP")))

    @cached_property
    def founders(self) -> dict[bytes, list[bytes]]:
        """Folded channel → who holds its founder flag."""
        found: dict[bytes, list[bytes]] = {}
        for row in self.rows(b"CA"):
            fields = row.raw.split(b" ", 4)
            if b"F" in fields[3]:
                found.setdefault(self.fold(fields[1]), []).append(fields[2])
        return found

    @cached_property
    def first_entries(self) -> dict[bytes, Row]:
        """Folded channel → the first CA row of its list."""
        found: dict[bytes, Row] = {}
        for row in self.rows(b"CA"):
            found.setdefault(self.fold(field(row, 1)), row)
        return found

    @cached_property
    def saved_at(self) -> int:
        """When it was saved, in seconds; 0 where only the file's own time says so. Only master writes it."""
        return next((number(field(row, 1)) for row in self.rows(b"TS")), 0)

    @cached_property
    def last_uid(self) -> bytes:
        """The last uid that was given out."""
        return next((field(row, 1)[:9] for row in self.rows(b"LUID")), b"")

    @cached_property
    def access_letters(self) -> bytes:
        """The letters of channel access that these services know."""
        return next((field(row, 1) for row in self.rows(b"CF")), b"")

    @cached_property
    def protocol(self) -> bytes:
        """The protocol module in use, "protocol/inspircd"; b"" where the database does not say."""
        names = (name for name in sorted(modules(self.database)) if name.startswith(b"protocol/"))
        return next((name for name in names if not name.startswith(_SHARED)), b"")

    def reads(self, kind: bytes) -> bool:
        """Whether the module of these rows is loaded: by the list of modules, or because such rows are there.

        Master names those that have rows; what it does not name may be loaded all the same.
        """
        if MODULES[kind] in modules(self.database):
            return True
        return not lists_all_modules(self.database) and bool(self.rows(kind))

    @property
    def reads_exttarget(self) -> bool:
        """Whether `$…` may have access. Without the module, services refuse to start on it."""
        if lists_all_modules(self.database):
            return b"exttarget/main" in modules(self.database)
        return any(field(row, 2).startswith(b"$") for row in self.rows(b"CA"))

    def is_entity(self, name: bytes) -> bool:
        """Whether there is an account or group of that name."""
        return self.fold(name) in (self.groups if name.startswith(b"!") else self.accounts)

    def identity(self, folded: bytes) -> tuple[bytes, int] | None:
        """Who bears a folded name: the uid and when it was registered. A name alone may be another person's by now."""
        group = folded.startswith(b"!")
        row = (self.groups if group else self.accounts).get(folded)
        if row is None:
            return None
        return field(row, 1), number(field(row, 3 if group else 5))

    def kept_rows(self, names: frozenset[bytes]) -> list[Row]:
        """NAM and MDN of folded names: what services keep of those that were dropped while marked."""
        return [row for row in (*self.rows(b"NAM"), *self.rows(b"MDN")) if self.fold(field(row, 1)) in names]
