"""A time means what a person means by it, and is always said back in UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import TimeUnclear
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
        ("now", NOW),
        ("90 min ago", NOW - timedelta(minutes=90)),
        ("3 days ago", NOW - timedelta(days=3)),
        ("an hour ago", NOW - timedelta(hours=1)),
        ("1 hour and 30 minutes ago", NOW - timedelta(minutes=90)),
        ("2h30m ago", NOW - timedelta(minutes=150)),
        ("today 03:00", datetime(2026, 11, 23, 3, tzinfo=UTC)),
        ("yesterday at 9pm", datetime(2026, 11, 22, 21, tzinfo=UTC)),
        ("yesterday noon", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("midnight", datetime(2026, 11, 23, tzinfo=UTC)),
        ("last tue", datetime(2026, 11, 18, tzinfo=UTC)),
        ("last tuesday 14:30", datetime(2026, 11, 17, 14, 30, tzinfo=UTC)),
        ("tue 14:30", datetime(2026, 11, 17, 14, 30, tzinfo=UTC)),
        ("last mon 14:30", datetime(2026, 11, 16, 14, 30, tzinfo=UTC)),
        ("on sunday at 08:00", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("22 nov", datetime(2026, 11, 23, tzinfo=UTC)),
        ("22 Nov 20:58", datetime(2026, 11, 22, 20, 58, tzinfo=UTC)),
        ("nov 22 20:58", datetime(2026, 11, 22, 20, 58, tzinfo=UTC)),
        ("24 nov", datetime(2025, 11, 25, tzinfo=UTC)),
        ("29 feb", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2nd january 2025", datetime(2025, 1, 3, tzinfo=UTC)),
        ("yesterday 21:00 +01:00", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        ("yesterday 23:30 -02:00", datetime(2026, 11, 23, 1, 30, tzinfo=UTC)),
        ("20261122T205800Z", datetime(2026, 11, 22, 20, 58, tzinfo=UTC)),
    ],
)
def test_times_as_people_write_them(text: str, meant: datetime) -> None:
    assert parse_moment(text, NOW) == meant


@pytest.mark.parametrize("text", ["7q2fk3", "latest", "", "20261123T140500Z-7q2fk3", "h", "a" * 99])
def test_what_is_no_time_may_be_an_id(text: str) -> None:
    assert parse_moment(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("03/04/2026", "day or month first"),
        ("3.4.2026 21:00", "day or month first"),
        ("03-04-2026", "day or month first"),
        ("yesterday 25:00", "no such time of day"),
        ("13pm", "no such time of day"),
        ("31 feb", "no such day"),
        ("2026-02-30", "no such day"),
        ("2026-02-30 10:00", "no such day"),
        ("21:00", "of which day"),
        ("monday", "today's name"),
        ("mon 08:00", "today's name"),
        ("yesterday midnight", "which end of that day"),
        ("yesterday 21:00 CET", "names of zones"),
        ("yesterday 21:00 +99:00", "no such zone"),
        ("today 23:00", "is not yet"),
        ("2026-11-24 10:00", "is not yet"),
        ("2026-11-24", "is not yet"),
        ("20261124", "is not yet"),
        ("9999-12-31", "is not yet"),
        ("31 dec 9999", "is not yet"),
        ("tomorrow", "not understood"),
        ("last week", "not understood"),
        ("last night", "not understood"),
        ("a while ago", "not understood"),
        ("half past 20:00", "not understood"),
        ("9999 weeks ago", "before there was IRC"),
        ("1066-10-14", "before there was IRC"),
        ("0001-01-01 00:00 +23:59", "no such day"),
    ],
)
def test_what_is_not_clear_is_refused_with_examples(text: str, why: str) -> None:
    with pytest.raises(TimeUnclear, match=why) as refused:
        parse_moment(text, NOW)
    assert "2h ago" in refused.value.hint


_WORDS = [
    "ago",
    "last",
    "tue",
    "nov",
    "22",
    "2h",
    "3",
    "yesterday",
    "today",
    "noon",
    "midnight",
    "at",
    "14:30",
    "20:58Z",
    "+01:00",
    "2026-11-22",
    "pm",
    "T",
    "/",
    "-",
    ":",
]
_TIMES = st.one_of(st.text(max_size=70), st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join))


def _read(text: str, now: datetime) -> datetime | None:
    try:
        return parse_moment(text, now)
    except TimeUnclear:
        return None


@given(_TIMES)
def test_no_text_breaks_it_and_none_means_the_future(text: str) -> None:
    moment = _read(text, NOW)
    assert moment is None or (moment.tzinfo is UTC and moment <= NOW)


@given(_TIMES, st.timedeltas(timedelta(), timedelta(days=400)))
def test_said_later_it_means_no_earlier_moment(text: str, wait: timedelta) -> None:
    first, second = _read(text, NOW), _read(text, NOW + wait)
    assert first is None or second is None or first <= second


@given(st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 23)))  # noqa: DTZ001 — hypothesis adds the zone itself
def test_what_is_shown_is_read_back(moment: datetime) -> None:
    whole = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    assert parse_moment(show(whole), NOW) == whole


def test_shown_times_are_absolute() -> None:
    assert show(datetime(2026, 11, 22, 20, 58, 31, tzinfo=UTC)) == "2026-11-22 20:58Z"
    assert [ago(seconds) for seconds in (0, 59, 60, 3600, 86400 * 5 + 5, -4)] == ["0s", "59s", "1m", "1h", "5d", "0s"]
