"""A glance comes to the findings of a reading row by row, or it says that somebody should look closer."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.town import make_town
from core.domain.casemapping import Casemapping
from core.formats.atheme.check import read_rows
from core.formats.atheme.glance import glance
from tests.core.formats.damage import ALL, Damage
from tests.strategies_atheme import any_databases

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
BEFORE = (VECTORS / "before.db").read_bytes()
GOOD = [
    *(path.read_bytes() for path in sorted(VECTORS.glob("*.db"))),
    *(make_town(number).render() for number in (3, 40)),
]
WORDS = [
    b"",
    b"\xff",
    b"x" * 400,
    b"+",
    b"+F",
    b"+Z",
    b"!",
    b"$",
    b"*",
    b"0",
    b"01",
    b"#a",
    b"bob",
    b"BOB",
    b"\t",
    b"\r",
]


def same(content: bytes, casemapping: Casemapping = "rfc1459") -> bool:
    """Whether a glance was enough. If it was, what it saw is what is there."""
    seen = glance(content, casemapping=casemapping)
    if seen is None:
        return False
    read = read_rows(content, casemapping=casemapping)
    assert seen.report.findings() == read.report.findings()
    assert seen.report.tally == read.report.tally
    assert seen.rows == read.rows
    assert all(seen.kinds[kind] == read.kinds[kind] for kind in (b"MU", b"MN", b"MCFP", b"ME", b"MC", b"CA", b"SO"))
    return True


@pytest.mark.parametrize("content", GOOD, ids=len)
def test_what_services_wrote_needs_no_more_than_a_glance(content: bytes) -> None:
    """Also where founders and setters are gone."""
    assert same(content)


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_no_damage_looks_otherwise_at_a_glance(damage: Damage) -> None:
    same(damage.edit(BEFORE))


@given(any_databases())
def test_generated_databases_look_the_same(content: bytes) -> None:
    same(content)
    same(content, "ascii")


@settings(max_examples=250)
@given(st.data())
def test_databases_with_any_edits_look_the_same(data: st.DataObject) -> None:
    """Words gone, spelled otherwise, taken from elsewhere; rows gone, there twice, in other places."""
    lines = data.draw(st.sampled_from(GOOD)).split(b"\n")
    for _ in range(data.draw(st.integers(1, 3))):
        index, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        fields = lines[index].split(b" ")
        place = data.draw(st.integers(0, len(fields) - 1))
        filling = st.sampled_from([*WORDS, fields[place].swapcase(), *lines[other].split(b" ")])
        fields[place : place + data.draw(st.integers(0, 1))] = data.draw(st.lists(filling, max_size=1))
        lines[index] = b" ".join(fields)
        lines[other:other] = data.draw(st.sampled_from([[], [lines[index]]]))
        lines[index : index + data.draw(st.integers(0, 1))] = []
    same(b"\n".join(lines), data.draw(st.sampled_from(["rfc1459", "ascii"])))


def test_a_name_that_others_bear_or_that_reads_as_something_else_is_looked_at_closer() -> None:
    """What a glance leaves to others: each of these is told by the reading row by row alone."""
    for name in (b"!dave", b"$dave", b"x" * 32):
        assert not same(BEFORE.replace(b" dave ", b" %s " % name))
    assert not same(BEFORE.replace(b"MN carol carol ", b"MN carol BOB ", 1))
