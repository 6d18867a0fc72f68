"""Which snapshots are held: what lost too much against the last good one, until somebody says that it was meant."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.shrinking import USUAL, ShrinkLimits, held_now, judged, losing
from core.domain.snapshot import Snapshot
from tests.core.domain.timeline import snapshot

START = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
COUNTS = st.fixed_dictionaries(
    {"accounts": st.integers(0, 60), "channels": st.integers(0, 60), "akills": st.integers(0, 60)}
)


def _life(
    counted: Sequence[Mapping[str, int]], released: Collection[int] = (), limits: ShrinkLimits = USUAL
) -> list[Snapshot]:
    """One a night, each judged when it is made; `released` are the numbers of those that somebody let go at once."""
    taken: list[Snapshot] = []
    for number, counts in enumerate(counted):
        made = dataclasses.replace(snapshot(number + 1, START + timedelta(days=number)), counts=dict(counts))
        held = "" if number in released else judged(taken, counts, limits)
        taken.append(dataclasses.replace(made, held=held))
    return taken


def _accounts(*numbers: int) -> list[dict[str, int]]:
    return [{"accounts": number} for number in numbers]


def _held(taken: Sequence[Snapshot]) -> list[int]:
    return [item.counts["accounts"] for item in taken if item.held]


def test_what_lost_more_than_half_is_held_until_it_is_whole_again() -> None:
    taken = _life(_accounts(100, 98, 40, 41, 99, 97))
    assert _held(taken) == [40, 41]
    assert taken[2].held == f"it has 40 accounts, and {taken[1].tail} of 2026-11-02 02:00Z had 98"
    assert held_now(taken[:3]) is taken[2]
    assert held_now(taken[:4]) is taken[3]
    assert held_now(taken) is None


def test_what_was_released_is_how_things_are() -> None:
    taken = _life(_accounts(100, 40, 41, 39, 12), released=[1])
    assert _held(taken) == [12]


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ({"accounts": 20000}, {"accounts": 9000}, ("accounts", 20000, 9000)),
        ({"accounts": 20000}, {"accounts": 10000}, None),
        ({"accounts": 9}, {"accounts": 2}, None),
        ({"accounts": 9}, {"accounts": 0}, ("accounts", 9, 0)),
        ({"accounts": 7, "channels": 6}, {"accounts": 7, "channels": 0}, ("channels", 6, 0)),
        ({"accounts": 7, "channels": 2}, {"accounts": 7, "channels": 0}, None),
        ({"accounts": 7, "akills": 500}, {"accounts": 7, "akills": 0}, None),
        ({"files": 40}, {"files": 3}, None),
        ({"files": 40}, {}, ("files", 40, 0)),
        ({"certificates": 1}, {"certificates": 0}, ("certificates", 1, 0)),
        ({"tables": 2, "rows": 900}, {"tables": 2, "rows": 40}, None),  # any SQLite: what its rows are is not known
        ({"tables": 2, "rows": 900}, {"tables": 2, "rows": 0}, ("rows", 900, 0)),
        ({}, {"accounts": 5}, None),
    ],
)
def test_what_counts_as_lost(before: dict[str, int], after: dict[str, int], lost: tuple[str, int, int] | None) -> None:
    """Bans run out by themselves, logs are taken away: only what nobody lets go by the hundred counts."""
    assert losing(before, after) == lost


def test_the_limits_are_those_that_were_set() -> None:
    assert losing({"accounts": 100}, {"accounts": 79}, ShrinkLimits(percent=20))
    assert not losing({"accounts": 100}, {"accounts": 80}, ShrinkLimits(percent=20))
    assert not losing({"accounts": 100}, {"accounts": 1}, ShrinkLimits(least=101))


def test_what_goes_by_a_little_each_time_goes_all_the_same() -> None:
    assert _held(_life(_accounts(100, 60, 55, 36, 99))) == [36]


def test_what_goes_slowly_is_how_things_go() -> None:
    """By a twelfth a night: after a week nobody compares."""
    assert not _held(_life(_accounts(*(round(1000 * 0.92**night) for night in range(30)))))


def test_what_was_released_is_no_more_compared_with_what_was_before() -> None:
    """On a host that does not know of the release, neither: the good one after it tells."""
    assert _held(_life(_accounts(100, 40, 41, 25, 19), released=[1])) == [19]
    taken = _life(_accounts(100, 40, 41), released=[2])
    assert [item.held != "" for item in taken] == [False, True, False]
    assert not judged(taken, {"accounts": 30})
    assert judged(taken, {"accounts": 20})


@given(st.lists(COUNTS, min_size=1, max_size=12), st.sets(st.integers(0, 11), max_size=3))
def test_the_first_and_those_that_were_released_are_never_held_and_what_lost_against_the_last_good_one_always(
    counted: list[dict[str, int]], released: set[int]
) -> None:
    taken = _life(counted, released)
    assert not taken[0].held
    good = taken[0]
    for number, made in enumerate(taken[1:], start=1):
        if number in released:
            assert not made.held
        elif losing(good.counts, made.counts):
            assert good.tail in made.held
        good = good if made.held else made


@given(st.lists(COUNTS, min_size=2, max_size=12))
def test_each_that_is_held_lost_against_one_of_the_last_good_week(counted: list[dict[str, int]]) -> None:
    taken = _life(counted)
    for number, made in enumerate(taken):
        if made.held:
            good = [item for item in taken[:number] if not item.held]
            (named,) = [item for item in good if item.tail in made.held]
            assert named.taken_at > good[-1].taken_at - timedelta(days=7)
            assert losing(named.counts, made.counts)


@given(st.lists(COUNTS, min_size=2, max_size=12))
def test_what_only_grows_is_never_held(counted: list[dict[str, int]]) -> None:
    grown = [
        {kind: max(counts[kind] for counts in counted[: end + 1]) for kind in counted[0]} for end in range(len(counted))
    ]
    assert not any(made.held for made in _life(grown))


@given(st.lists(COUNTS, min_size=1, max_size=8), st.randoms())
def test_what_was_thinned_out_since_changes_nothing(counted: list[dict[str, int]], chance: "object") -> None:
    """A snapshot is judged when it is made: whoever reads what is left of the storage sees the same."""
    taken = _life(counted)
    left = [item for item in taken if chance.random() < 0.5 or item is taken[-1]]  # type: ignore[attr-defined]  # a Random
    assert held_now(left) == held_now(taken)
