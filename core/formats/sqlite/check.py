"""Is this database whole, and what is in it?"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from core.domain.finding import Finding, Severity
from core.formats.sqlite.header import is_sqlite, missing_bytes
from core.formats.sqlite.opening import Unreadable, opened, plain, quoted
from core.formats.sqlite.reading import FIELDS, columns_of, table_names

Look = Callable[[sqlite3.Connection], tuple[dict[str, int], list[Finding]]]

_TOLD = 20  # faults of one kind that are told
_COUNTED = 20  # tables whose rows are counted for people
_NAMED = {"accounts": "name", "nicks": "nick", "channels": "chan"}  # what nothing can be found without


def check(content: bytes) -> tuple[Finding, ...]:
    """What is wrong with it; nothing for a good one. Never raises."""
    return inspect(content)[1]


def inspect(content: bytes) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
    """Counts (accounts, nicks, channels, access, tables, rows) and findings. Never raises."""
    counts, findings = _inspected(content, _registrations)
    return dict.fromkeys(FIELDS, 0) | counts, findings


def inspect_plain(content: bytes) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
    """The same of a database in which nobody is registered: tables, rows, and how many rows its largest tables have."""
    return _inspected(content, _plain_counts)


def _inspected(content: bytes, look: Look) -> tuple[dict[str, int], tuple[Finding, ...]]:
    counts = {"tables": 0, "rows": 0}
    findings: list[Finding] = []
    missing = missing_bytes(content) if is_sqlite(content) else 0
    if missing:
        findings.append(_fault("truncated", f"its end is missing: {missing:,} bytes fewer than it says of itself"))
    try:
        with opened(content) as connection:
            findings += _integrity(connection)
            findings += _foreign_keys(connection)
            told, warnings = look(connection)
            counts |= told
            findings += warnings
    except Unreadable as error:
        findings.append(_unreadable(error))
    return counts, tuple(findings)


def _unreadable(error: Unreadable) -> Finding:
    if error.cut_short:
        return _warning("check-cut-short", f"it could not be checked to the end: {error}")
    return Finding(
        line=0, severity=Severity.STOPS_SERVICES, code="unreadable", text=f"SQLite cannot read the database: {error}"
    )


def _integrity(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (told,) in connection.execute(f"PRAGMA integrity_check({_TOLD})"):
        for line in str(told).split("\n"):
            if line != "ok" and not line.startswith("*** in database"):
                yield _fault("integrity", f"the integrity check says: {plain(line)}")


def _foreign_keys(connection: sqlite3.Connection) -> Iterator[Finding]:
    """SQLite itself lets them be, unless it is told otherwise: so they are told, and do not stop a backup."""
    try:
        broken = Counter((row[0], row[2]) for row in connection.execute("PRAGMA foreign_key_check"))
    except sqlite3.OperationalError as error:
        if str(error) == "interrupted":
            raise
        yield _warning("foreign-keys", f"its references cannot be checked: {plain(str(error))}")
        return
    for (table, parent), number in broken.most_common(_TOLD):
        what = "row refers" if number == 1 else "rows refer"
        yield _warning("foreign-key", f"{number:,} {what} from {plain(table)} to what is not in {plain(parent)}")


def _shape(connection: sqlite3.Connection) -> Iterator[Finding]:
    names = table_names(connection)
    if not set(FIELDS.values()) & set(names):
        yield _warning("no-registrations", f"it has none of the tables {', '.join(FIELDS.values())}")
    for field, column in _NAMED.items():
        table = FIELDS[field]
        if table in names and column not in {one.name.lower() for one in columns_of(connection, names[table])}:
            yield _warning("column-missing", f"{table} has no column `{column}`: nothing can come back into it")


def _registrations(connection: sqlite3.Connection) -> tuple[dict[str, int], list[Finding]]:
    warnings = list(_shape(connection))
    sizes = _sizes(connection)
    known = {field: sizes.get(table, 0) for field, table in FIELDS.items()}
    return known | {"tables": len(sizes), "rows": sum(sizes.values())}, warnings


def _plain_counts(connection: sqlite3.Connection) -> tuple[dict[str, int], list[Finding]]:
    sizes = _sizes(connection)
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:_COUNTED]
    told = {f"rows of {plain(name)}": sizes[name] for name in largest}
    return {"tables": len(sizes), "rows": sum(sizes.values())} | told, []


def _sizes(connection: sqlite3.Connection) -> dict[str, int]:
    names = table_names(connection)
    return {
        folded: connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0]  # noqa: S608 — it is quoted
        for folded, name in names.items()
        if not folded.startswith("sqlite_")
    }


def _fault(code: str, text: str) -> Finding:
    return Finding(line=0, severity=Severity.LOSES_DATA, code=code, text=text)


def _warning(code: str, text: str) -> Finding:
    return Finding(line=0, severity=Severity.WARNING, code=code, text=text)
