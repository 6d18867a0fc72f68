"""Missed objectives are told, with what helps; and no others."""

from datetime import UTC, datetime

from core.domain.objective import WHOLE, Measured, Objective, Recovered
from core.guards.objectives import look_at_objectives


def measured(what: str, *, age: float, seconds: float) -> Measured:
    recovered = Recovered(by="drill", at=datetime(2026, 11, 29, tzinfo=UTC), seconds=seconds, good=True)
    return Measured(what=what, objective=Objective(), age_seconds=age, window_seconds=age, recovered=recovered)


def test_each_miss_is_a_trouble_of_its_own() -> None:
    found = list(
        look_at_objectives(
            lambda: [measured("services", age=9000, seconds=9000), measured(WHOLE, age=9000, seconds=9000)]
        )
    )
    assert [(item.cause, item.suggestion) for item in found] == [
        ("objectives/window/services", "!backup now services"),
        ("objectives/recovery/services", "!drill services"),
        ("objectives/recovery/network", "!drill all"),
    ]


def test_a_drill_that_failed_is_told_once_and_not_here() -> None:
    """It is an incident of its own (`drill/SOURCE`); two notices of one thing are one too many."""
    failed = Recovered(by="drill", at=datetime(2026, 11, 29, tzinfo=UTC), seconds=4, good=False)
    item = Measured(what="services", objective=Objective(), age_seconds=60, window_seconds=60, recovered=failed)
    assert item.took_too_long
    assert list(look_at_objectives(lambda: [item])) == []


def test_what_is_met_is_no_trouble() -> None:
    assert list(look_at_objectives(lambda: [measured("services", age=60, seconds=41)])) == []
