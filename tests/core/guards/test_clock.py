"""A clock that somebody set is told, and one that is behind what was saved; time that passes is no jump."""

from datetime import timedelta

from core.guards.clock import ClockJumps, Latest, latest_of
from tests.core.domain.timeline import snapshot
from tests.fakes import FakeClock

MINUTE = 60.0


def test_time_that_passes_is_no_jump_however_much_of_it() -> None:
    clock = FakeClock()
    guard = ClockJumps(clock, lambda: None)
    for seconds in (30, 30, 86400, 119):
        assert not list(guard.look())
        clock.advance(seconds)
    clock.time += timedelta(seconds=119)  # a time server mends that much
    assert not list(guard.look())


def test_a_jump_is_told_for_ten_minutes() -> None:
    clock = FakeClock()
    guard = ClockJumps(clock, lambda: None)
    for jump, words in ((timedelta(hours=3), "forward by 3h"), (-timedelta(days=2), "back by 2d")):
        assert not list(guard.look())
        clock.time += jump
        for _ in range(10):
            (trouble,) = guard.look()
            clock.advance(MINUTE)
            assert (trouble.cause, trouble.gravity) == ("clock/jumped", "warning")
            assert words in trouble.title
            assert ("slept" in trouble.title) == (jump > timedelta())
        assert not list(guard.look())


def test_a_clock_behind_what_was_saved_is_told_until_it_is_right_and_nobody_reads_all_snapshots_each_time() -> None:
    clock, asked = FakeClock(), 0

    def latest() -> Latest:
        nonlocal asked
        asked += 1
        return Latest(taken_at=FakeClock().now() + timedelta(minutes=30), followed=False)

    guard = ClockJumps(clock, latest)
    for _ in range(28):
        (trouble,) = guard.look()
        assert (trouble.cause, trouble.gravity) == ("clock/behind", "error")
        assert f"it says {clock.now():%Y-%m-%d %H:%M}Z, a snapshot is of 2026-11-23 10:00Z" in trouble.title
        clock.advance(MINUTE)
    assert not list(guard.look())
    assert asked == 1
    clock.advance(3600)
    assert not list(guard.look())
    assert asked == 2


def test_a_clock_that_was_ahead_for_an_hour_is_no_error_for_years() -> None:
    """What was saved meanwhile is of a day that is still to come, and stays; what was saved since is in its order."""
    clock = FakeClock()
    years = clock.now() + timedelta(days=3650)
    before, ahead = snapshot(1, clock.now()), snapshot(2, years)
    assert latest_of([]) is None
    assert latest_of([before, ahead]) == Latest(taken_at=years, followed=False)
    (trouble,) = ClockJumps(clock, lambda: latest_of([before, ahead])).look()
    assert trouble.gravity == "error"
    since = snapshot(3, clock.now())
    (trouble,) = ClockJumps(clock, lambda: latest_of([before, ahead, since])).look()
    assert (trouble.cause, trouble.gravity) == ("clock/behind", "info")
    assert trouble.title == "a snapshot is of 2036-11-20 09:30Z, and the clock of this host says 2026-11-23 09:30Z"
