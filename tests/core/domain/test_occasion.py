"""Each time of a calendar is met by exactly one run, whenever somebody looks and whatever the clock does meanwhile."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.domain.occasion import Occasion, begun, ended, first, missed, owed, steadied

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EVERY = timedelta(hours=1)
WHEN = "every 1h"
_LOOKS = st.lists(st.integers(1, 400), max_size=60)  # minutes between two looks


def after(moment: datetime) -> datetime:
    """Every full hour."""
    return moment.replace(minute=0, second=0, microsecond=0) + EVERY


def look(occasion: Occasion, now: datetime) -> tuple[Occasion, int]:
    """A look, and a run if one is due; how many times it met."""
    occasion = steadied(occasion, WHEN, after, now)
    due = missed(occasion, after, now)
    if due is None:
        return occasion, 0
    return ended(begun(occasion, now), now, good=True, detail=""), due[1]


@given(_LOOKS)
def test_every_time_is_met_once_and_at_each_look_by_one_run(minutes: list[int]) -> None:
    occasion, now, met = first("sync", WHEN, NOW), NOW, 0
    for step in minutes:
        now += timedelta(minutes=step)
        occasion, times = look(occasion, now)
        met += times
        assert missed(occasion, after, now) is None
    assert met == (now.replace(minute=0) - NOW.replace(minute=0)) // EVERY


@given(_LOOKS, st.integers(1, 59), _LOOKS)
def test_a_small_step_back_repeats_nothing(before: list[int], back: int, later: list[int]) -> None:
    occasion, now, met = first("sync", WHEN, NOW), NOW, 0
    for step in before:
        now += timedelta(minutes=step)
        occasion, times = look(occasion, now)
        met += times
    furthest = now
    now -= timedelta(minutes=back)
    for step in later:
        now += timedelta(minutes=step)
        occasion, times = look(occasion, now)
        met += times
    furthest = max(furthest, now)
    assert met == (furthest.replace(minute=0) - NOW.replace(minute=0)) // EVERY


@given(st.integers(2, 24 * 3650), st.integers(0, 59))
def test_after_a_large_step_back_the_next_time_is_no_more_than_an_interval_away(hours: int, minutes: int) -> None:
    """A clock that was years ahead must not leave a job undone for years."""
    ahead = begun(first("sync", WHEN, NOW), NOW + timedelta(hours=hours))
    occasion = steadied(ahead, WHEN, after, NOW + timedelta(minutes=minutes))
    assert after(occasion.met_until) - (NOW + timedelta(minutes=minutes)) <= EVERY


def test_a_run_is_owed_again_while_it_was_not_cut_short_too_often() -> None:
    new = first("full", WHEN, NOW)
    assert owed(new) is None
    once = begun(new, NOW)
    assert owed(once) == NOW
    twice = begun(once, NOW + EVERY)
    assert owed(twice) is None
    assert owed(ended(once, NOW, good=False, detail="")) is None
    assert owed(begun(ended(twice, NOW, good=True, detail=""), NOW)) == NOW


def test_a_calendar_that_ends_owes_what_it_had_and_nothing_more() -> None:
    occasion = first("once", WHEN, NOW)
    assert missed(occasion, lambda moment: NOW + EVERY if moment < NOW + EVERY else None, NOW + 5 * EVERY) == (
        NOW + EVERY,
        1,
    )
    assert steadied(begun(occasion, NOW + 9 * EVERY), WHEN, lambda _: None, NOW).met_until == NOW
