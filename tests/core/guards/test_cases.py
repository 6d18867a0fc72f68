"""An incident that was left is told: half open or half closed after a while, and open for days."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.case import Case, Step
from core.domain.notice import Trouble
from core.guards.cases import look_at_cases
from tests.fakes import FakeClock


def _look(case: Case | None, clock: FakeClock) -> list[Trouble]:
    return list(look_at_cases(lambda: case, clock.now))


def _case(clock: FakeClock, step: Step) -> Case:
    return Case(id="7Q2F", title="it burns", by="alice", opened_at=clock.now(), step=step)


@pytest.mark.parametrize(("step", "command"), [("opening", "!incident open"), ("closing", "!incident close")])
def test_what_a_crash_left_half_done_is_told_when_nobody_can_be_at_it(
    clock: FakeClock, step: Step, command: str
) -> None:
    case = replace(_case(clock, step), closed_at=clock.now() if step == "closing" else None)
    clock.advance(timedelta(minutes=14).total_seconds())
    assert not _look(case, clock)
    clock.advance(60)
    (trouble,) = _look(case, clock)
    assert (trouble.cause, trouble.suggestion) == ("incident/half", command)
    assert case.cut_short.startswith(trouble.title), "the status says it once"


def test_one_that_is_open_for_days_is_told_and_others_are_not(clock: FakeClock) -> None:
    case = _case(clock, "open")
    assert not _look(None, clock)
    clock.advance(timedelta(days=2.9).total_seconds())
    assert not _look(case, clock)
    clock.advance(timedelta(days=1).total_seconds())
    (trouble,) = _look(case, clock)
    assert trouble.title == "incident 7Q2F has been open for 3 days, and nothing is removed meanwhile"
    assert not _look(replace(case, step="closed"), clock)
