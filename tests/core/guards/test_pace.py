"""A snapshot that took far longer than it does is told; what is slow once a week is no news."""

from datetime import UTC, datetime

import pytest

from core.domain.run import Run
from core.guards.pace import look_at_pace, slow

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "before", "why"),
    [
        (301.0, [], "more than 300 s"),
        (299.0, [], ""),
        (40.0, [10.0] * 5, "the usual is 10.0 s"),
        (29.0, [10.0] * 5, ""),
        (40.0, [10.0] * 4, ""),  # too few to be usual
        (9.0, [0.1] * 50, ""),  # ninety times the usual, and nobody waits
        (60.0, [5.0] * 6 + [70.0], ""),  # as the full one of last week
        (80.0, [5.0] * 6 + [70.0], "the usual is 5.0 s"),
        (400.0, [390.0] * 9, "more than 300 s"),
    ],
)
def test_what_is_slow(seconds: float, before: list[float], why: str) -> None:
    assert slow(seconds, before) == why


def _run(seconds: float, *, what: str = "services", verb: str = "backup", good: bool = True, new: bool = True) -> Run:
    return Run(verb=verb, what=what, at=NOW, seconds=seconds, good=good, new=new)


def test_the_last_of_each_source_is_judged_by_those_before_it() -> None:
    runs = [_run(3) for _ in range(9)] + [_run(60), _run(500, what="config"), _run(9, what="config")]
    (found,) = look_at_pace(["services", "config"], lambda: runs)
    assert found.cause == "pace/services"
    assert found.title == "the last snapshot of services took 60 s: the usual is 3.0 s"
    others = [_run(0.1, new=False), _run(900, good=False), _run(900, verb="sync"), _run(900, what="gone")]
    assert list(look_at_pace(["services", "config"], lambda: [*runs, *others])) == [found]
    assert not list(look_at_pace(["services"], lambda: [*runs, _run(4)]))
