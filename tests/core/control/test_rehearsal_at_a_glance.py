"""Two saves that look the same at a glance are the same when everything is understood; not always the other way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.control.rehearsal_verdict import (
    _difference,
    _is_same_at_a_glance,
    _nick_times,
    _with_nick_times,
    first_difference,
)
from core.formats.atheme import parse
from tests.strategies_atheme import databases

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
NOW = 1_800_000_000.0
PLACES = st.integers(0, 200)
# What a load may do to a word of a row, and what it must not.
WORDS = st.sampled_from(
    [b"*", b"0", b"1700000500", b"1600000000", b"1799999999", b"alice", b"", b"AAAAAAAABQ", b"expires"]
)
ROWS = st.sampled_from(
    [
        b"TS 1700000000 ",
        b"ts 1700000001 ",
        b"TS",
        b"MDEP x ",
        b"MU AAAAAAAAX zed $z$ z@example.test 1700000000 0 +C default ",
        b"MN zed zed 1700000000 0 ",
        b"mn zed zed_ 1600000000 1750000000 ",
        b"CA #zz zed +b 1 nobody ",
        b"MDA #zz zed expires 1700000000",
        b"KL 1 * h 60 1700000000 op reason",
        b"",
    ]
)


def edited(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    lines = content.split(b"\n")
    for line, place, word in edits:
        fields = lines[line % len(lines)].split(b" ")
        fields[place % len(fields)] = word
        lines[line % len(lines)] = b" ".join(fields)
    return b"\n".join(lines)


def with_rows(content: bytes, rows: list[tuple[int, bytes]]) -> bytes:
    lines = content.split(b"\n")
    for place, row in rows:
        lines.insert(place % len(lines), row)
    return b"\n".join(lines)


def loaded(content: bytes) -> bytes:
    """What a load makes of it: logins follow nicks, and setters are forgotten."""
    rows = parse(content).rows
    times = _nick_times(rows)
    lines = [_with_nick_times(row, times).raw for row in rows]
    lines = [b"%s * " % line.rsplit(b" ", 2)[0] if line.startswith(b"CA ") else line for line in lines]
    return b"\n".join([*lines, b""])


@given(
    content=databases(),
    before=st.lists(st.tuples(PLACES, ROWS), max_size=4),
    early=st.lists(st.tuples(PLACES, st.integers(1, 7), WORDS), max_size=3),
    late=st.lists(st.tuples(PLACES, st.integers(0, 7), WORDS), max_size=3),
    after=st.lists(st.tuples(PLACES, ROWS), max_size=1),
    load=st.sampled_from([bytes, loaded]),
)
def test_what_looks_the_same_is_the_same(
    *,
    content: bytes,
    before: list[tuple[int, bytes]],
    early: list[tuple[int, int, bytes]],
    late: list[tuple[int, int, bytes]],
    after: list[tuple[int, bytes]],
    load: Callable[[bytes], bytes],
) -> None:
    """Whatever was there and whatever became of it: where the glance says "same", so does the whole comparison."""
    given_ = edited(with_rows(content, before), early)
    saved = with_rows(edited(load(given_), late), after)
    truth = _difference(given_, saved, NOW)
    if _is_same_at_a_glance(given_, saved):
        assert truth is None
    assert first_difference(given_, saved, saved_at=NOW) == truth


@pytest.mark.parametrize(
    "load",
    [
        lambda lines: lines,
        lambda lines: [
            line.replace(b" alice ", b" * ") if line.startswith(b"CA #alpha bob") else line for line in lines
        ],
        lambda lines: [b"LUID AAAAAAAAK " if line.startswith(b"LUID") else line for line in lines],
        lambda lines: [b"MDEP other/module " if line.startswith(b"MDEP") else line for line in lines],
        lambda lines: [*lines[:2], b"MDEP other/module ", *lines[2:]],
    ],
    ids=["nothing", "dead-setter", "luid", "modules", "more-modules"],
)
def test_what_loads_mostly_do_is_seen_at_a_glance(load: Callable[[list[bytes]], list[bytes]]) -> None:
    """Otherwise a large network would be down for seconds longer."""
    content = (VECTORS / "before.db").read_bytes()
    saved = b"\n".join(load(content.split(b"\n")))
    assert _is_same_at_a_glance(content, saved)


def test_a_login_that_follows_its_nick_is_seen_at_a_glance() -> None:
    """Every load raises an account's last login to when one of its nicks was last seen."""
    content = (VECTORS / "before.db").read_bytes()
    assert b"1795396558 1795396603 +Cb" in content
    earlier = content.replace(b" 1795396558 1795396603 +Cb", b" 1795396558 1795396600 +Cb")
    assert _is_same_at_a_glance(earlier, content)
    assert not _is_same_at_a_glance(earlier, content.replace(b"1795396603 +Cb", b"1795396604 +Cb"))
