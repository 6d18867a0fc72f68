"""The file as a whole: its first and last bytes, and what must be there exactly once."""

from collections import Counter

from core.formats.atheme.facts import lists_all_modules, modules
from core.formats.atheme.report import Report
from core.formats.atheme.rows import Database
from core.formats.atheme.schema import ALWAYS, MODULES, ONCE, SCHEMA

_BOM = b"\xef\xbb\xbf"


def check_file(content: bytes, database: Database, kinds: Counter[bytes], report: Report) -> None:
    """What no single row shows. `kinds` counts the rows of each kind."""
    if not content or content.isspace():
        report.loses(0, "empty", "the file is empty: services would start with nobody")
        return
    if content.startswith(_BOM):
        report.stops(1, "bom", "the file begins with a byte order mark")
    if not database.ended:
        report.loses(len(database.rows), "cut", "the last line does not end: the file was cut off")
    _check_once(kinds, report)
    _check_head(database, kinds, report)
    _check_tail(database, kinds, report)


def _check_once(kinds: Counter[bytes], report: Report) -> None:
    for kind in ONCE:
        if not kinds[kind]:
            say = report.stops if kind == b"DBV" else report.loses
            say(0, "once", f"the {kind.decode()} row is missing: the file is not whole")
        elif kinds[kind] > 1:
            report.loses(0, "once", f"the {kind.decode()} row is there {kinds[kind]} times: parts of two files?")


def _check_head(database: Database, kinds: Counter[bytes], report: Report) -> None:
    """The version of the schema decides how every later row is read."""
    first = [row.kind for row in database.rows[:2]]
    if b"GRVER" in first[1:] or (b"GRVER" not in first and kinds[b"GRVER"]):
        report.loses(0, "order", "the GRVER row is not the first")
    if b"DBV" not in first[:1] and first != [b"GRVER", b"DBV"] and kinds[b"DBV"]:
        report.stops(0, "order", "the DBV row is not at the beginning: the rows before it are misread")
    for row in database.rows[:2]:
        number = row.raw.split(b" ")[1:2]
        if row.kind == b"GRVER" and number != [b"1"]:
            report.warns(row.line, "grammar", "the grammar is not version 1: services say so, and go on")
        if row.kind == b"DBV" and number != [SCHEMA]:
            report.stops(row.line, "schema", f"the schema is not {SCHEMA.decode()}: its rows may mean something else")


def _check_tail(database: Database, kinds: Counter[bytes], report: Report) -> None:
    """The format has no end mark: what a loaded module always writes tells whether the end is there."""
    loaded = modules(database)
    for module, rows in ALWAYS.items():
        missing = [row for row in rows if not kinds[row]]
        if module in loaded and missing:
            names = " ".join(row.decode() for row in missing)
            report.loses(
                0, "tail", f"{module.decode()} is loaded and its rows are missing ({names}): the file was cut off"
            )


def check_loaded(database: Database, kinds: Counter[bytes], report: Report) -> None:
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
