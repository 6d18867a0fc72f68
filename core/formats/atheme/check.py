"""The integrity check: everything that services react to, and everything that would be lost."""

from collections import Counter

from core.domain.casemapping import Casemapping
from core.domain.finding import Finding, Severity
from core.formats.atheme.check_file import check_file, check_loaded
from core.formats.atheme.facts import counts_of, has_own_modules, kinds_of
from core.formats.atheme.glance import Glanced, glance
from core.formats.atheme.known import Known, nothing_known
from core.formats.atheme.reading import read_end, read_row
from core.formats.atheme.report import Report
from core.formats.atheme.rows import Database, parse
from core.formats.uncollected import uncollected


def check(content: bytes, *, casemapping: Casemapping) -> tuple[Finding, ...]:
    """All findings about a services.db, the worst first, 200 at most and then their number. Never raises.

    Whatever services wrote whole has warnings at most: nothing that they would react to.
    """
    return _read(content, casemapping).report.findings()


def tally(content: bytes, *, casemapping: Casemapping) -> Counter[tuple[Severity, str]]:
    """How many findings there are of each severity and code."""
    return _read(content, casemapping).report.tally


def examine(content: bytes, *, casemapping: Casemapping) -> tuple[dict[str, int], tuple[Finding, ...]]:
    """`counts` and `check` in one reading."""
    seen = _read(content, casemapping)
    return counts_of(seen.kinds, seen.rows), seen.report.findings()


@uncollected()
def _read(content: bytes, casemapping: Casemapping) -> Glanced:
    """At a glance, where that is enough."""
    return glance(content, casemapping=casemapping) or read_rows(content, casemapping=casemapping)


def read_rows(content: bytes, *, casemapping: Casemapping) -> Glanced:
    """Reads the rows in their order, once, as services do: a row knows only what stands above it."""
    database, report = parse(content), Report()
    kinds = kinds_of(database)
    check_file(content, database, kinds, report)
    if content and not content.isspace():
        check_loaded(database, kinds, report)
        control = b"\0" in content or b"\r" in content
        _read_each(database, nothing_known(database, casemapping, report), control=control)
    return Glanced(report=report, kinds=kinds, rows=len(database.rows))


def _read_each(database: Database, known: Known, *, control: bool) -> None:
    own_modules = has_own_modules(database)
    for row in database.rows:
        read_row(known, row, own_modules=own_modules, control=control)
    read_end(known)
