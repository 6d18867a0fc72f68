"""What a database says about itself: how much of everything, who is who."""

from collections import Counter
from operator import attrgetter

from core.domain.casemapping import Casemapping, fold
from core.formats.atheme.rows import Database, Row

HEAD = 2000  # rows within which the head of a file ends; a network with everything loaded has 300

_COUNTED = {
    "accounts": b"MU",
    "nicks": b"MN",
    "certfps": b"MCFP",
    "memos": b"ME",
    "groups": b"GRP",
    "channels": b"MC",
    "access": b"CA",
    "akills": b"KL",
    "operators": b"SO",
}


def counts(database: Database) -> dict[str, int]:
    """How many there are of each kind that people know by name."""
    return counts_of(kinds_of(database), len(database.rows))


def kinds_of(database: Database) -> Counter[bytes]:
    """How many rows of each kind."""
    return Counter(map(attrgetter("kind"), database.rows))


def counts_of(kinds: Counter[bytes], rows: int) -> dict[str, int]:
    """`counts`, where the rows of each kind are counted already."""
    return {name: kinds[kind] for name, kind in _COUNTED.items()} | {"rows": rows}


def field(row: Row, index: int) -> bytes:
    """A field, or b"" where the row has none."""
    fields = row.raw.split(b" ", index + 1)
    return fields[index] if index < len(fields) else b""


def lookup(database: Database, name: bytes, casemapping: Casemapping) -> bytes | None:
    """The account, as stored, that bears `name` or owns it as a grouped nick."""
    wanted = fold(name, casemapping)
    owner = None
    for row in database.rows:
        if row.kind == b"MU" and fold(field(row, 2), casemapping) == wanted:
            return field(row, 2)
        if row.kind == b"MN" and owner is None and fold(field(row, 2), casemapping) == wanted:
            owner = field(row, 1)
    return owner


def is_master(database: Database) -> bool:
    """Whether 7.3 or later wrote it: only they write the time of the save."""
    return any(row.kind == b"TS" for row in database.rows[:HEAD])


def schema_version(database: Database) -> bytes:
    """The number in DBV, or b""."""
    return next((field(row, 1) for row in database.rows[:HEAD] if row.kind == b"DBV"), b"")


def modules(database: Database) -> frozenset[bytes]:
    """What MDEP names: every loaded module (7.2), or a few (master)."""
    return frozenset(field(row, 1) for row in database.rows[:HEAD] if row.kind == b"MDEP")


def lists_all_modules(database: Database) -> bool:
    """Whether MDEP names every loaded module (7.2) and not only those that the file needs (master)."""
    return any(name.startswith((b"transport/", b"protocol/")) for name in modules(database))


def has_own_modules(database: Database) -> bool:
    """Whether there may be modules that are not part of Atheme. Only 7.2 tells."""
    return any(name.startswith(b"contrib/") for name in modules(database))
