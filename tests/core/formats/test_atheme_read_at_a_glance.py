"""A row that is as services print it is read at a glance; the judge of all other rows would say nothing of it."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.formats.atheme import parse
from core.formats.atheme.check_row import _check_fields
from core.formats.atheme.report import Report
from core.formats.atheme.rows import Row
from core.formats.atheme.schema import FORMS

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
KINDS = st.sampled_from(sorted(FORMS))
WORDS = st.sampled_from(
    [b"", b"a", b"0", b"00", b"7", b"-1", b"0x1f", b"1" * 19, b"1" * 20, b"+", b"*", b"\r", b"\0", b"\xff", b"\xb2"]
)


def judged(row: Row) -> tuple[tuple[bytes, ...], bool]:
    """The fields as the judge reads them, and whether nothing was said of them."""
    form, report = FORMS[row.kind], Report()
    fields = _check_fields(row, form, report)
    return tuple(fields[: form.most + form.text + 1]), not report.tally


@given(KINDS, st.sampled_from([bytes.lower, bytes.upper]), st.lists(WORDS, max_size=10))
def test_what_is_read_at_a_glance_is_what_the_judge_reads_and_finds_good(
    kind: bytes, spell: Callable[[bytes], bytes], words: list[bytes]
) -> None:
    row = Row(1, b" ".join([spell(kind), *words]), kind)
    printed = FORMS[kind].printed.fullmatch(row.raw)
    fields, good = judged(row)
    if printed is not None:
        assert (printed.groups(b""), True) == (fields, good)
    elif kind != b"JR":  # its rate may be negative, which only the judge knows
        assert not good


def test_every_row_that_services_wrote_is_read_at_a_glance() -> None:
    for path in sorted(VECTORS.glob("*.db")):
        for row in parse(path.read_bytes()).rows:
            assert FORMS[row.kind].printed.fullmatch(row.raw), row.line
