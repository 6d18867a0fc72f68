"""Calendars: what a cron line means, in a zone whose clocks are set twice a year."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scheduling import Calendar
from core.domain.duty import When

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
# Lord Howe sets its clocks by half an hour; Santiago does it at midnight.
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu", "UTC")


def times(cron: str, start: datetime, number: int, zone: ZoneInfo = BERLIN) -> list[str]:
    calendar, moment, found = Calendar(When(cron=cron), zone), start, []
    for _ in range(number):
        following = calendar.after(moment)
        assert following is not None
        moment = following
        found.append(f"{moment.astimezone(zone):%a %d %H:%M %Z}")
    return found


def test_a_time_that_a_night_leaves_out_comes_once_when_the_night_goes_on() -> None:
    assert times("30 2 * * *", SPRING, 2) == ["Sun 29 03:00 CEST", "Mon 30 02:30 CEST"]
    assert times("0 2 * * 0", SPRING, 1) == ["Sun 29 03:00 CEST"]  # the weekly full backup is not lost
    assert times("*/10 2 * * *", SPRING, 2) == ["Sun 29 03:00 CEST", "Mon 30 02:00 CEST"]


def test_a_time_that_a_night_has_twice_comes_once() -> None:
    assert times("30 2 * * *", AUTUMN, 2) == ["Sun 25 02:30 CEST", "Mon 26 02:30 CET"]


def test_what_is_hourly_comes_each_hour_that_passes() -> None:
    assert times("20 * * * *", SPRING + timedelta(hours=12), 2) == ["Sun 29 01:20 CET", "Sun 29 03:20 CEST"]
    assert times("20 * * * *", AUTUMN + timedelta(hours=11), 4) == [
        "Sun 25 01:20 CEST",
        "Sun 25 02:20 CEST",
        "Sun 25 02:20 CET",
        "Sun 25 03:20 CET",
    ]


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("1-6", "Mon Tue Wed Thu Fri Sat"),
        ("sun", "Sun"),
        ("fri-mon", "Mon Fri Sat Sun"),
        ("5-7", "Fri Sat Sun"),
        ("0-2", "Mon Tue Sun"),
        ("*/2", "Tue Thu Sat Sun"),
        ("1/3", "Mon Thu"),
        ("mon,3", "Mon Wed"),
        ("0-7", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_days_of_the_week_are_counted_as_cron_counts_them(field: str, days: str) -> None:
    """0 and 7 are Sunday; APScheduler's own reading of a cron line would make 0 a Monday."""
    monday = datetime(2026, 11, 22, 23, tzinfo=UTC)
    found = times(f"0 12 * * {field}", monday, 7)
    week = [item.split()[0] for item in found if int(item.split()[1]) in range(23, 30)]
    assert " ".join(dict.fromkeys(week)) == days


def test_a_day_of_the_month_or_of_the_week_is_enough_where_both_are_told() -> None:
    """crontab(5)."""
    assert times("0 2 1 * 1", datetime(2026, 11, 24, tzinfo=UTC), 3) == [
        "Mon 30 02:00 CET",
        "Tue 01 02:00 CET",
        "Mon 07 02:00 CET",
    ]


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("0 2 * *", "five fields"),
        ("0 2 * * 8", "no day of the week"),
        ("0 2 * * 1,", "no day of the week"),
        ("61 2 * * *", "61"),
        ("0 24 * * *", "24"),
        ("0 0 30 2 *", "never come"),
        ("0 2 * * $(reboot)", "no field"),
        ("", "five fields"),
    ],
)
def test_what_means_nothing_is_refused(cron: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        list(map(Calendar(When(cron=cron or " "), BERLIN).after, [SPRING]))


def test_an_interval_is_counted_from_midnight_so_that_a_restart_moves_nothing() -> None:
    calendar = Calendar(When(every=timedelta(hours=6)), BERLIN)
    assert calendar.after(datetime(2026, 11, 23, 5, 59, 59, tzinfo=UTC)) == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert calendar.after(datetime(2026, 11, 23, 6, tzinfo=UTC)) == datetime(2026, 11, 23, 12, tzinfo=UTC)


moments = st.integers(0, 15 * 365 * 86400).map(
    lambda later: datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=later)
)


@given(st.sampled_from(ZONES), moments, st.integers(0, 59), st.integers(0, 23))
def test_a_daily_time_comes_once_for_each_date_in_every_zone(
    zone_name: str, moment: datetime, minute: int, hour: int
) -> None:
    """Whatever clocks do: later each time, one for each date of the calendar, and never more than 26 hours away."""
    zone = ZoneInfo(zone_name)
    calendar = Calendar(When(cron=f"{minute} {hour} * * *"), zone)
    found = []
    for _ in range(4):
        following = calendar.after(moment)
        assert following is not None
        assert following > moment
        moment = following
        found.append(following)
    assert len({item.astimezone(zone).date() for item in found}) == 4
    assert all(later - earlier <= timedelta(hours=26) for earlier, later in pairwise(found))


@given(st.sampled_from(ZONES), moments, st.integers(0, 59))
def test_an_hourly_time_is_never_more_than_an_hour_and_a_half_away(
    zone_name: str, moment: datetime, minute: int
) -> None:
    """Half an hour more, where a clock is set by half an hour."""
    zone = ZoneInfo(zone_name)
    following = Calendar(When(cron=f"{minute} * * * *"), zone).after(moment)
    assert following is not None
    assert timedelta() < following - moment <= timedelta(minutes=90)
    assert following.astimezone(zone).minute == minute


@given(st.sampled_from(ZONES), moments, st.sampled_from(["*/10 2 * * *", "5 * * * *", "0 2 * * 0", "30 1,2,3 * * *"]))
def test_asking_twice_is_asking_once(zone_name: str, moment: datetime, cron: str) -> None:
    """No time lies between a moment and the next one: whoever looks more often sees the same times."""
    calendar = Calendar(When(cron=cron), ZoneInfo(zone_name))
    following = calendar.after(moment)
    assert following is not None
    half = moment + (following - moment) / 2
    assert calendar.after(half) == following
    assert calendar.after(following - timedelta(microseconds=1)) == following
