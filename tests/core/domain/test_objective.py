"""What was measured against what is wanted, and the words for it."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.objective import WHOLE, Aims, Measured, Objective, Recovered, missed, short, whole, windows

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR = Objective()


def before(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def measured(**changes: object) -> Measured:
    plain: dict[str, object] = {
        "what": "services",
        "objective": HOUR,
        "age_seconds": 180.0,
        "window_seconds": 300.0,
        "recovered": Recovered(by="drill", at=before(300), seconds=41, good=True),
    }
    return Measured(**(plain | changes))  # type: ignore[arg-type]  # any field may be changed


def test_without_any_copy_nothing_is_known() -> None:
    assert windows([], NOW) == (None, None)
    assert measured(age_seconds=None, window_seconds=None).age_met is None


def test_the_window_is_the_longest_time_without_a_copy_of_the_last_day() -> None:
    """Also that which began before the day, and that which goes on now; what ended before the day is forgotten."""
    assert windows([before(40), before(10)], NOW) == (600, 1800)
    assert windows([before(10), before(40)], NOW) == (600, 1800)
    assert windows([before(90)], NOW) == (5400, 5400)
    assert windows([before(60 * 26), before(60 * 23), before(5)], NOW) == (300, (60 * 23 - 5) * 60)
    assert windows([before(60 * 50), before(60 * 30), before(60 * 29), before(0)], NOW) == (0, 60 * 60 * 29)
    steady = [before(5 * number) for number in range(60 * 24 * 2 // 5)]
    assert windows([before(60 * 90), *steady], NOW) == (0, 300), "a gap of the day before yesterday is history"


def test_a_copy_from_the_future_says_nothing_of_now() -> None:
    """A clock that stepped back must not make the window negative."""
    assert windows([before(30), NOW + timedelta(hours=3)], NOW) == (1800, 1800)


def test_a_daily_job_meets_a_day_when_clocks_go_back() -> None:
    day = Objective(window=timedelta(hours=24))
    assert measured(objective=day, window_seconds=25 * 3600.0).window_met
    assert not measured(objective=day, window_seconds=26 * 3600.0).window_met
    assert not measured(window_seconds=64 * 60.0).window_met


def test_it_is_told_as_people_say_it() -> None:
    assert str(measured()) == "services: window 5m, target 60m · drill 41s (target 1h)"
    late = measured(window_seconds=7500.0, recovered=Recovered(by="recovery", at=NOW, seconds=4000, good=True))
    assert str(late) == "services: window 2h 5m, target 60m MISSED · recovery 1h 6m (target 1h) MISSED"
    assert (
        str(measured(age_seconds=None, window_seconds=None, recovered=None)) == "services: no copy yet · never drilled"
    )
    assert (
        measured(recovered=Recovered(by="drill", at=NOW, seconds=1, good=False)).recovery == "drill FAILED (target 1h)"
    )


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.04, "0.0s"), (9.96, "10.0s"), (41.7, "41s"), (60, "1m"), (72, "1m 12s"), (3600, "1h"), (90000, "1d 1h")],
)
def test_durations_have_two_units_at_most(seconds: float, told: str) -> None:
    assert short(seconds) == told


def test_what_was_never_measured_is_not_missed() -> None:
    assert missed([measured(age_seconds=None, window_seconds=None, recovered=None), measured()]) == []


def test_what_is_missed_is_a_sentence() -> None:
    """What was missed this morning and is well now is no trouble; a drill that failed is, however quick it was."""
    assert missed([measured(window_seconds=9000.0)]) == []
    slow = Recovered(by="drill", at=before(60), seconds=4000, good=True)
    assert missed([measured(age_seconds=7200.0, recovered=slow)]) == [
        "services was last saved 2h ago, and no more than 1h may be lost",
        "the last drill of services took 1h 6m, and it should be back within 1h",
    ]
    failed = Recovered(by="drill", at=before(60), seconds=4, good=False)
    assert missed([measured(recovered=failed)]) == ["the last drill of services failed (2026-11-29 11:00Z)"]


def test_the_whole_is_as_safe_as_the_worst_of_its_sources_and_told_once() -> None:
    day = Objective(window=timedelta(hours=24), recovery=timedelta(hours=24))
    worst = whole([measured(), measured(age_seconds=90000.0, window_seconds=95000.0)], day, None)
    assert (worst.what, worst.age_seconds, worst.window_seconds) == (WHOLE, 90000, 95000)
    assert missed([worst]) == []
    unknown = whole([measured(), measured(age_seconds=None, window_seconds=None)], day, None)
    assert unknown.window_met is None, "a source without a copy is not as safe as another one"


def test_a_source_has_its_own_objective_or_that_of_its_kind() -> None:
    own = Objective(window=timedelta(days=7))
    aims = Aims(sources={"logs": own})
    assert aims.of("services", living=True) == HOUR
    assert aims.of("config", living=False).window == timedelta(hours=24)
    assert aims.of("logs", living=False) == own


def test_machines_are_told_the_same() -> None:
    told = measured().as_dict()
    assert (told["window_seconds"], told["window_target_seconds"], told["window_met"]) == (300.0, 3600.0, True)
    assert (told["recovery_seconds"], told["recovery_met"], told["recovery_measured_by"]) == (41, True, "drill")
