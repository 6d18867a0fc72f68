"""The integrity check: everything that services react to, and everything that would be lost."""

from collections.abc import Iterator
from itertools import islice

from core.domain.casemapping import Casemapping
from core.domain.finding import Finding, Severity
from core.formats.atheme.check_form import check_file, check_lines, finding
from core.formats.atheme.check_meaning import Loader
from core.formats.atheme.rows import parse

_MOST = 200  # findings that are listed; the rest is counted, the worst severity kept


def check(content: bytes, *, casemapping: Casemapping) -> tuple[Finding, ...]:
    """All findings about a services.db, in the order of the file. None on what services wrote whole. Never raises."""
    if not content.strip():
        return (finding(0, Severity.LOSES_DATA, "empty", "the file is empty: services would start with nobody"),)
    found = _all(content, casemapping)
    listed = tuple(islice(found, _MOST))
    rest = list(found)
    if not rest:
        return listed
    worst = max(item.severity for item in rest)
    return (*listed, finding(0, worst, "more", f"and {len(rest)} more findings"))


def _all(content: bytes, casemapping: Casemapping) -> Iterator[Finding]:
    database = parse(content)
    yield from check_file(content, database)
    yield from check_lines(database)
    yield from Loader(database, casemapping).run()
