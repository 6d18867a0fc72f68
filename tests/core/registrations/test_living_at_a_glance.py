"""A name is found at a glance in exactly the rows in which reading each of them finds it."""

from hypothesis import given
from hypothesis import strategies as st

from core.domain.casemapping import Casemapping
from core.formats.atheme import field, parse
from core.registrations.living import Living
from tests.strategies_atheme import NAMES, databases

KINDS = st.sampled_from([b"MU", b"MN", b"ME", b"MDU", b"CA", b"GACL", b"SO", b"MC", b"XX"])
CASEMAPPINGS = st.sampled_from(["rfc1459", "ascii"])


@given(databases(least=2), KINDS, st.integers(1, 4), NAMES, CASEMAPPINGS)
def test_rows_that_name_somebody(
    content: bytes, kind: bytes, index: int, name: bytes, casemapping: Casemapping
) -> None:
    living = Living(parse(content), casemapping)
    folded = living.fold(name)
    slowly = [row for row in living.rows(kind) if living.fold(field(row, index)) == folded]
    assert living.naming(kind, index, folded) == slowly


def test_a_row_with_a_field_missing_is_none_of_its_kind() -> None:
    living = Living(parse(b"MN a b 1 2 \nMN a\nMN\nmn c d 1 2 \nMU 1 \nXX\n"), "rfc1459")
    assert [row.line for row in living.rows(b"MN")] == [1, 4]
    assert living.rows(b"MU") == []
    assert living.nicks == {b"B": b"a", b"D": b"c"}
    assert [row.line for row in living.rows(b"XX")] == [6]
