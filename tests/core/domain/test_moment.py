"""A time means what a person means by it, and is always said back in UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.moment import ago, parse_moment, show

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2h ago", NOW - timedelta(hours=2)),
        ("2h", NOW - timedelta(hours=2)),
        ("90 m ago", NOW - timedelta(minutes=90)),
        ("3D", NOW - timedelta(days=3)),
        ("1w ago", NOW - timedelta(weeks=1)),
        ("yesterday 21:00", datetime(2026, 11, 22, 21, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 11, 23, tzinfo=UTC)),
        ("today", NOW),
        ("2026-11-22 20:58", datetime(2026, 11, 22, 20, 58, tzinfo=UTC)),
        ("2026-11-22 20:58Z", datetime(2026, 11, 22, 20, 58, tzinfo=UTC)),
        ("2026-11-22T20:58+02:00", datetime(2026, 11, 22, 18, 58, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_times_as_people_write_them(text: str, meant: datetime) -> None:
    assert parse_moment(text, NOW) == meant


@pytest.mark.parametrize("text", ["7q2fk3", "latest", "", "yesterday 25:00", "20261123T140500Z-7q2fk3", "ago", "h"])
def test_what_is_no_time_may_be_an_id(text: str) -> None:
    assert parse_moment(text, NOW) is None


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    moment = parse_moment(text, NOW)
    assert moment is None or moment.tzinfo is not None


def test_shown_times_are_absolute() -> None:
    assert show(datetime(2026, 11, 22, 20, 58, 31, tzinfo=UTC)) == "2026-11-22 20:58Z"
    assert [ago(seconds) for seconds in (0, 59, 60, 3600, 86400 * 5 + 5, -4)] == ["0s", "59s", "1m", "1h", "5d", "0s"]
