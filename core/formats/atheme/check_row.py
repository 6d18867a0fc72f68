"""Is a line one that services could have written?"""

from collections.abc import Sequence

from core.formats.atheme.report import Report
from core.formats.atheme.rows import Row
from core.formats.atheme.schema import CONTRIB, FORMS, Form

_LONGEST_KIND = 16
_LARGEST = 20  # digits; more is no number of services
_ZERO = ord("0")


def check_row(row: Row, report: Report, *, own_modules: bool) -> Sequence[bytes]:
    """Judge one line by itself. Whoever reads many looks first whether it is as services print it (`Form.printed`).

    Returns all the fields that its kind may have, filled up with b"" where the row is shorter; free text is one
    field. `own_modules`: modules are loaded, or may be, whose rows nobody here knows.
    """
    form = FORMS.get(row.kind)
    if form is not None:
        return _check_fields(row, form, report)
    if not row.kind:
        report.loses(row.line, "skipped", "an empty line or a comment: services drop it, and never write one")
    elif row.kind not in CONTRIB:
        _report_unknown(row, report, own_modules=own_modules)
    return []


def check_control(row: Row, report: Report) -> None:
    """Bytes that IRC cannot carry, so that services never write them."""
    if b"\0" in row.raw or b"\r" in row.raw:
        what = "a NUL byte" if b"\0" in row.raw else "a carriage return"
        report.loses(row.line, "control", f"the line has {what}")


def _check_fields(row: Row, form: Form, report: Report) -> list[bytes]:
    width = form.most + form.text + 1
    if form.text:
        fields = row.raw.split(b" ", form.most + 1)
        given = len(fields) - 2
    else:
        fields = row.raw.split(b" ")
        given = len(fields) - (1 if fields[-1] else 2)
        _check_end(row, form, fields, report)
    if given < form.needed:
        report.stops(row.line, "field-missing", f"a {row.kind.decode()} row with a field missing")
        return fields + [b""] * (width - len(fields))
    if b"" in fields[1 : form.needed + 1]:
        report.loses(row.line, "field-empty", f"a {row.kind.decode()} row with an empty field")
    for index in form.numbers:
        number = fields[index]
        if not (number.isdigit() and (number[0] != _ZERO or number == b"0") and len(number) < _LARGEST):
            _judge_number(row, index, number, report)
    return fields + [b""] * (width - len(fields))


def _check_end(row: Row, form: Form, fields: list[bytes], report: Report) -> None:
    """Rows made of words end in a blank: there is an empty field behind the last."""
    if fields[-1]:
        report.loses(row.line, "cut-row", f"a {row.kind.decode()} row that does not end as services end it")
    elif len(fields) > form.most + 2:
        report.loses(row.line, "field-extra", f"a {row.kind.decode()} row with a field too many, which services drop")


def _judge_number(row: Row, index: int, number: bytes, report: Report) -> None:
    """Numbers are read by strtol with base 0: a leading 0 makes them octal, a minus wraps."""
    digits = number.removeprefix(b"-")
    if row.kind == b"JR" and digits.isdigit() and digits != number:
        return  # a join rate may be negative: "never"
    where = f"a {row.kind.decode()} row: field {index}"
    if digits.isdigit() or _is_hexadecimal(digits):
        report.loses(row.line, "number-form", f"{where} is read by services as another number than it shows")
    else:
        report.stops(row.line, "number", f"{where} is no number")


def _is_hexadecimal(digits: bytes) -> bool:
    value = digits[2:]
    return digits[:2].lower() == b"0x" and value != b"" and not value.strip(b"0123456789abcdefABCDEF")


def _report_unknown(row: Row, report: Report, *, own_modules: bool) -> None:
    word = row.kind.replace(b"-", b"")
    if len(word) > _LONGEST_KIND or not word.isalnum() or not word[:1].isalpha():
        report.stops(row.line, "kind-garbage", "the line does not begin as any row does")
    elif own_modules:
        report.warns(row.line, "kind-unknown", f"a {row.kind.decode()} row: only a module of your own can read it")
    else:
        report.stops(row.line, "kind-unknown", f"a {row.kind.decode()} row, which no loaded module can read")
