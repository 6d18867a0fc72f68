"""A snapshot that took far longer than it does is told; what is slow once a week is no news."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.run import Run
from core.guards.pace import crowd, look_at_pace, slow

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


def _now() -> datetime:
    return NOW + timedelta(days=40)  # nothing of what follows was made today


def _run(seconds: float, *, what: str = "services", verb: str = "backup", good: bool = True, new: bool = True) -> Run:
    return Run(verb=verb, what=what, at=NOW, seconds=seconds, good=good, new=new)


def test_the_last_of_each_source_is_judged_by_those_before_it() -> None:
    runs = [_run(3) for _ in range(9)] + [_run(60), _run(500, what="config"), _run(9, what="config")]
    (found,) = look_at_pace(["services", "config"], lambda: runs, _now)
    assert found.cause == "pace/services"
    assert found.title == "the last snapshot of services took 60 s: the usual is 3.0 s"
    others = [_run(0.1, new=False), _run(900, good=False), _run(900, verb="sync"), _run(900, what="gone")]
    assert list(look_at_pace(["services", "config"], lambda: [*runs, *others], _now)) == [found]
    assert not list(look_at_pace(["services"], lambda: [*runs, _run(4)], _now))


def _taken(*per_day: int) -> list[datetime]:
    """So many today, yesterday …, evenly."""
    return [
        NOW - timedelta(days=day, seconds=86400 * place / number)
        for day, number in enumerate(per_day)
        for place in range(number)
    ]


@pytest.mark.parametrize(
    ("per_day", "said"),
    [
        ([], ""),
        ([3000], ""),  # a new host: nothing is usual yet
        ([3000, 40], ""),
        ([3000, 40, 60], "3,000 snapshots in a day, where there were 60 at most in the week before"),
        ([3000, 1200, 1100], ""),
        ([100, 1, 1], ""),
        ([101, 1, 1], "101 snapshots in a day, where there were 1 at most in the week before"),
    ],
)
def test_far_more_in_a_day_than_in_any_of_the_week_before_are_told(per_day: list[int], said: str) -> None:
    """Junk that somebody makes by the thousand, so that good ones fall out."""
    assert crowd(_taken(*per_day), NOW) == said
    runs = [Run(verb="backup", what="services", at=at, seconds=1, good=True, new=True) for at in _taken(*per_day)]
    found = [item.title for item in look_at_pace(["services"], lambda: runs, lambda: NOW)]
    assert found == ([f"services: {said}"] if said else [])
