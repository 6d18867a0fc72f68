"""Is every line a line that services could have written?"""

from collections import Counter
from collections.abc import Iterator

from core.domain.finding import Finding, Severity
from core.formats.atheme.facts import modules
from core.formats.atheme.rows import Database, Row
from core.formats.atheme.schema import ALWAYS, FORMS, MODULES, ONCE

_STOPS, _LOSES, _WARNS = Severity.STOPS_SERVICES, Severity.LOSES_DATA, Severity.WARNING
_BOM = b"\xef\xbb\xbf"
_WHOLE_LIST = b"transport/rfc1459"  # only 7.2 names modules like this one, and then it names all


def finding(line: int, severity: Severity, code: str, text: str) -> Finding:
    """A finding, shortly."""
    return Finding(line=line, severity=severity, code=code, text=text)


def check_file(content: bytes, database: Database) -> Iterator[Finding]:
    """The file as a whole: its first and last bytes, and what must be there exactly once."""
    if content.startswith(_BOM):
        yield finding(1, _STOPS, "bom", "the file begins with a byte order mark")
    if not database.ended:
        yield finding(len(database.rows), _LOSES, "cut", "the last line does not end: the file was cut off")
    kinds = Counter(row.kind for row in database.rows)
    for kind in ONCE:
        if kinds[kind] != 1:
            how = "missing" if not kinds[kind] else f"there {kinds[kind]} times"
            severity = _STOPS if kind == b"DBV" else _LOSES
            yield finding(0, severity, "once", f"the {kind.decode()} row is {how}: the file is not whole")
    for index, kind in enumerate((b"GRVER", b"DBV")):
        if kinds[kind] == 1 and database.rows[index].kind != kind:
            yield finding(index + 1, _STOPS, "order", f"the {kind.decode()} row is not where it must be")
    yield from _check_tail(database, kinds)


def _check_tail(database: Database, kinds: Counter[bytes]) -> Iterator[Finding]:
    """The format has no end mark: what a loaded module always writes tells whether the end is there."""
    loaded = modules(database)
    for module, rows in ALWAYS.items():
        missing = [row for row in rows if not kinds[row]]
        if module in loaded and missing:
            names = " ".join(row.decode() for row in missing)
            text = f"{module.decode()} is loaded and its rows are missing ({names}): the file was cut off"
            yield finding(0, _LOSES, "tail", text)


def check_lines(database: Database) -> Iterator[Finding]:
    """Each line by itself."""
    loaded = modules(database)
    whole_list = any(name.startswith((b"transport/", b"protocol/")) for name in loaded) or _WHOLE_LIST in loaded
    for row in database.rows:
        yield from _check_line(row)
        module = MODULES.get(row.kind)
        if module is not None and whole_list and module not in loaded:
            text = f"a {row.kind.decode()} row, but {module.decode()} is not loaded: services refuse to start"
            yield finding(row.line, _STOPS, "module-missing", text)


def _check_line(row: Row) -> Iterator[Finding]:
    raw = row.raw
    if b"\0" in raw or raw.endswith(b"\r"):
        what = "a NUL byte" if b"\0" in raw else "a CR at its end"
        yield finding(row.line, _LOSES, "control", f"the line has {what}")
    if not row.kind:
        yield finding(row.line, _LOSES, "skipped", "an empty line or a comment: services drop it, and never write one")
        return
    form = FORMS.get(row.kind)
    if form is None:
        yield _unknown(row)
        return
    fields = raw.split(b" ", form.most + 1 if form.text else -1)
    words = fields[1 : form.most + 1]
    given = len(fields) - 1 if form.text else len(fields) - 2
    if given < form.needed + form.text or not all(words[: form.needed]):
        yield finding(row.line, _STOPS, "field-missing", f"a {row.kind.decode()} row with a field missing")
        return
    if not form.text and fields[-1]:
        yield finding(row.line, _LOSES, "cut-row", f"a {row.kind.decode()} row that does not end as services end it")
    elif not form.text and given > form.most:
        yield finding(row.line, _WARNS, "field-extra", f"a {row.kind.decode()} row with a field too many")
    yield from _check_numbers(row, fields, form.numbers)


def _unknown(row: Row) -> Finding:
    if row.kind.replace(b"-", b"").isalnum() and len(row.kind) <= 16 and row.raw[:1].isalpha():  # noqa: PLR2004 — longer than any row's name
        name = row.kind.decode()
        return finding(row.line, _WARNS, "kind-unknown", f"a {name} row: only a module of your own can read it")
    return finding(row.line, _STOPS, "kind-garbage", "the line does not begin as any row does")


def _check_numbers(row: Row, fields: list[bytes], numbers: tuple[int, ...]) -> Iterator[Finding]:
    for index in numbers:
        number = fields[index] if index < len(fields) else b"0"
        digits = number.removeprefix(b"-")
        if not digits.isdigit():
            yield finding(row.line, _STOPS, "number", f"a {row.kind.decode()} row: field {index} is no number")
        elif number != b"0" and (digits.startswith(b"0") or (number != digits and row.kind != b"JR")):
            text = f"a {row.kind.decode()} row: services read the number in field {index} otherwise than it looks"
            yield finding(row.line, _LOSES, "number-form", text)
