"""Pictures of time: thinned to what an eye sees, and no damage is lost on the way."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from bot.http.chart import Point, draw_chart
from bot.http.span import DAY, SPANS, fitting
from bot.http.timeline import WORDS, Mark, State, draw_strip, state_of
from core.repository.ledger import Proof, Verdict

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
STATES: list[State] = list(WORDS)


def _bars(path: str) -> int:
    return path.count("z")


@given(some.lists(some.tuples(some.integers(0, 86399), some.sampled_from(STATES)), max_size=300))
def test_damage_is_always_seen(found: list[tuple[int, State]]) -> None:
    """Whatever shares its bar, and whatever else there is; and a picture is never larger than its cells."""
    strip = draw_strip([Mark(at=NOW - timedelta(seconds=age), state=state) for age, state in found], DAY, NOW)
    damaged = {DAY.cell(NOW - timedelta(seconds=age), NOW) for age, state in found if state == "damaged"}
    assert _bars(dict(strip.shapes).get("damaged", "")) == 2 * len(damaged)
    assert sum(_bars(path) for _, path in strip.shapes) <= 3 * DAY.cells


def test_a_bar_shows_the_best_proof_among_those_that_share_it() -> None:
    at = NOW - timedelta(minutes=2)
    states: tuple[State, ...] = ("unproven", "means", "stored")
    strip = draw_strip([Mark(at=at, state=state) for state in states], DAY, NOW)
    assert [state for state, _ in strip.shapes] == ["means"]
    assert strip.told == (
        "3 snapshots in the last 24 hours: 1 content proven, 1 stored bytes proven, 1 not verified yet."
    )


def test_what_is_too_old_is_not_shown_and_what_is_of_tomorrow_is_new() -> None:
    """A clock that was set back leaves snapshots of the future."""
    strip = draw_strip([Mark(at=NOW - timedelta(days=2), state="means")], DAY, NOW)
    assert (strip.shapes, strip.told) == ((), "No snapshot in the last 24 hours.")
    assert DAY.cell(NOW + timedelta(days=1), NOW) == DAY.cells - 1


def test_every_shape_is_its_own() -> None:
    """Colours alone tell some people nothing."""
    drawn = {dict(draw_strip([Mark(at=NOW, state=state)], DAY, NOW).shapes)[state] for state in STATES}
    assert len(drawn) == len(STATES)


def test_what_a_proof_says() -> None:
    def proof(level: int, verdict: Verdict = "proven") -> Proof:
        return Proof(snapshot_id="x", level=level, verdict=verdict, at=NOW, detail="")

    assert state_of(None) == "unproven"
    assert [state_of(proof(level)) for level in range(5)] == ["unproven", "stored", "stored", "means", "booted"]
    assert [state_of(proof(1, verdict)) for verdict in ("damaged", "unchecked")] == ["damaged", "unchecked"]
    assert [state_of(proof(3), held=True), state_of(None, held=True)] == ["held", "held"]
    assert state_of(proof(1, "damaged"), held=True) == "damaged"


def test_the_time_shown_is_the_shortest_that_shows_all() -> None:
    ages = (None, timedelta(hours=1), timedelta(days=2), timedelta(days=29), timedelta(days=200), timedelta(days=9999))
    names = [fitting(NOW - age if age is not None else None, NOW).name for age in ages]
    assert names == ["24 hours", "24 hours", "7 days", "30 days", "12 months", "12 months"]
    assert [span.cells for span in SPANS] == sorted((96, 84, 120, 122), key=[96, 84, 120, 122].index)


def test_a_chart_tells_its_range_and_its_failures() -> None:
    points = [Point(at=NOW - timedelta(hours=hours), value=100 + hours) for hours in (20, 10, 1)]
    points.append(Point(at=NOW - timedelta(minutes=20), value=0, failed=True))
    chart = draw_chart("accounts", points, NOW, "{:.0f}".format)
    assert chart is not None
    assert chart.told == "In the last 24 hours: 101 to 120, the last 101, 1 failed."
    assert _bars(chart.failed) == 2
    assert chart.line.count("L") == 2


@given(some.lists(some.floats(0, 1e15), min_size=1, max_size=400))
def test_a_chart_stays_in_its_picture(values: list[float]) -> None:
    points = [Point(at=NOW - timedelta(minutes=len(values) - place), value=value) for place, value in enumerate(values)]
    chart = draw_chart("size", points, NOW, str)
    assert chart is not None
    places = [tuple(map(float, pair.split())) for pair in chart.line[1:].split("L")]
    assert all(0 <= across <= 240 and 0 <= down <= 56 for across, down in places)
    assert len(places) <= DAY.cells


def test_one_value_is_no_line() -> None:
    chart = draw_chart("size", [Point(at=NOW, value=7)], NOW, "{:.0f}".format)
    assert chart is not None
    assert (chart.area, chart.between, chart.last) == ("", "no other yet", "7")


def test_without_a_value_there_is_no_chart() -> None:
    assert draw_chart("size", [], NOW, str) is None
    assert draw_chart("size", [Point(at=NOW, value=1, failed=True)], NOW, str) is None
