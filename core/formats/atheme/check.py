"""The integrity check: everything that services react to, and everything that would be lost."""

import re
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from core.domain.casemapping import Casemapping
from core.domain.finding import Finding, Severity
from core.formats.atheme import check_accounts, check_channels, check_modules
from core.formats.atheme.check_file import check_file
from core.formats.atheme.check_row import check_control, check_row
from core.formats.atheme.facts import counts, lists_all_modules, modules
from core.formats.atheme.known import Known, nothing_known
from core.formats.atheme.report import Report
from core.formats.atheme.rows import Database, parse
from core.formats.atheme.schema import FORMS, MODULES
from core.formats.uncollected import uncollected

_ACTS = check_accounts.ACTS | check_channels.ACTS | check_modules.ACTS
# For each kind: how a row is read that is as services print it, and what services do then.
_READ = {kind: (form.printed.fullmatch, _ACTS.get(kind)) for kind, form in FORMS.items()}
_UNKNOWN = re.compile(rb"(?!)").fullmatch, None  # reads nothing


def check(content: bytes, *, casemapping: Casemapping) -> tuple[Finding, ...]:
    """All findings about a services.db, the worst first, 200 at most and then their number. Never raises.

    Whatever services wrote whole has warnings at most: nothing that they would react to.
    """
    return _report(content, parse(content), casemapping).findings()


def tally(content: bytes, *, casemapping: Casemapping) -> Counter[tuple[Severity, str]]:
    """How many findings there are of each severity and code."""
    return _report(content, parse(content), casemapping).tally


def examine(content: bytes, *, casemapping: Casemapping) -> tuple[dict[str, int], tuple[Finding, ...]]:
    """`counts` and `check` in one reading."""
    database = parse(content)
    return counts(database), _report(content, database, casemapping).findings()


@uncollected()
def _report(content: bytes, database: Database, casemapping: Casemapping) -> Report:
    """Reads the rows in their order, once, as services do: a row knows only what stands above it."""
    report = Report()
    kinds = Counter(map(attrgetter("kind"), database.rows))
    check_file(content, database, kinds, report)
    if content and not content.isspace():
        _check_modules(database, kinds, report)
        control = b"\0" in content or b"\r" in content
        _check_rows(database, nothing_known(database, casemapping, report), control=control)
    return report


def _check_rows(database: Database, known: Known, *, control: bool) -> None:
    own_modules = _has_own_modules(database)
    for row in database.rows:
        read, act = _READ.get(row.kind, _UNKNOWN)
        printed = read(row.raw)
        if printed is not None:
            fields: Sequence[bytes] = printed.groups(b"")
        else:
            fields = check_row(row, known.report, own_modules=own_modules)
        if control:
            check_control(row, known.report)
        if known.open_watch:
            check_modules.close_watch(known, row.kind)
        if act is not None:
            act(known, row, fields)
    check_modules.close_watch(known, b"")
    check_accounts.finish_accounts(known)
    check_channels.finish_channels(known)


def _has_own_modules(database: Database) -> bool:
    """Whether there may be modules that are not part of Atheme. Only 7.2 tells."""
    return any(name.startswith(b"contrib/") for name in modules(database))


def _check_modules(database: Database, kinds: Counter[bytes], report: Report) -> None:
    """A row that no loaded module reads stops services. 7.2 names all that are loaded."""
    if not lists_all_modules(database):
        return
    loaded = modules(database)
    missing = {kind: MODULES[kind] for kind in MODULES.keys() & kinds.keys() if MODULES[kind] not in loaded}
    told: set[bytes] = set()
    for row in database.rows if missing else ():
        module = missing.get(row.kind)
        if module is not None and module not in told:
            told.add(module)
            text = f"a {row.kind.decode()} row, but {module.decode()} is not loaded: services refuse to start"
            report.stops(row.line, "module-missing", text)
