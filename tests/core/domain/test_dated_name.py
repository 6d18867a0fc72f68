"""A time in a file's name is the time that `date` wrote, in the zone of who ran it."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.dated_name import moment_in_name

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("atheme_20251231_020000.db.gz", "2025-12-31T01:00:00+00:00"),
        ("ssl_20250701_020000.tar.gz.enc", "2025-07-01T00:00:00+00:00"),
        ("atheme_20251231.db.gz", "2025-12-30T23:00:00+00:00"),
        ("services-2025-12-31_02-00-00.db", "2025-12-31T01:00:00+00:00"),
        ("services.db.2025-12-31T02:00:00Z", "2025-12-31T02:00:00+00:00"),
        ("20240101-copy_of_20251231_020000.db", "2025-12-31T01:00:00+00:00"),
    ],
)
def test_times_as_scripts_write_them(name: str, moment: str) -> None:
    found = moment_in_name(name, BERLIN)
    assert found is not None
    assert found.isoformat() == moment


@pytest.mark.parametrize(
    "name",
    ["atheme_latest.db.gz", "atheme.db", "", "20251301_020000", "20250230_020000", "19691231_000000", "1202512310_1"],
)
def test_what_is_no_time_is_none(name: str) -> None:
    assert moment_in_name(name, BERLIN) is None


def test_without_a_zone_it_is_this_hosts_time() -> None:
    code = "from core.domain.dated_name import moment_in_name as m; print(m('atheme_20251231_020000.db', None))"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TZ": "XXX-5:30"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert said.stdout == "2025-12-30 20:30:00+00:00\n"


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 — as on a wall
def test_what_date_writes_is_read_back(moment: datetime) -> None:
    found = moment_in_name(f"atheme_{moment:%Y%m%d_%H%M%S}.db.gz", UTC)
    assert found == moment.replace(microsecond=0, tzinfo=UTC)


@given(st.text())
def test_any_name_has_a_time_or_none(name: str) -> None:
    found = moment_in_name(name, UTC)
    assert found is None or found.tzinfo is UTC
