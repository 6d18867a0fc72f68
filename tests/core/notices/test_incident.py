"""The life of an incident: said once, counted, worse said at once, resolved once, whatever flaps."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.domain.notice import Gravity, Trouble
from core.notices.incident import ACK_LASTS, SETTLES, Incident, acked, passed, seen, unsaid, well

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _trouble(gravity: Gravity = "error") -> Trouble:
    return Trouble(cause="backup/services", gravity=gravity, title="services cannot be saved")


def test_the_first_time_is_said_and_the_second_only_counted() -> None:
    first, said = seen(None, _trouble(), NOW)
    assert said == "opened"
    again, said = seen(first, _trouble(), NOW + SECOND)
    assert (said, again.count, again.opened_at) == (None, 2, NOW)


def test_two_hundred_failures_in_five_minutes_with_moments_of_peace_are_said_once_and_end_once() -> None:
    said: list[str] = []
    incident: Incident | None = None
    now = NOW
    for step in range(200):
        now = NOW + timedelta(seconds=1.5 * step)
        incident, word = seen(incident, _trouble(), now)
        said += [word] if word else []
        incident, word = passed(well(incident, now + SECOND / 2), now + SECOND)
        said += [word] if word else []
    assert said == ["opened"]
    assert incident is not None
    assert passed(incident, now + SETTLES + SECOND)[1] == "resolved"
    assert incident.count == 200


def test_what_gets_worse_is_said_at_once_also_to_who_had_acknowledged_it() -> None:
    incident, _ = seen(None, _trouble("warning"), NOW)
    incident = acked(incident, "alice", NOW)
    incident, said = seen(incident, _trouble("emergency"), NOW + SECOND)
    assert said == "worse"
    assert not incident.is_acked(NOW + SECOND)


def test_what_goes_on_is_repeated_after_a_day_unless_somebody_knows_and_that_ends_by_itself() -> None:
    incident, _ = seen(None, _trouble(), NOW)
    assert passed(incident, NOW + timedelta(hours=23))[1] is None
    assert passed(incident, NOW + timedelta(hours=24))[1] == "goes on"
    known = acked(incident, "alice", NOW + timedelta(hours=20))
    assert passed(known, NOW + timedelta(hours=30))[1] is None
    again, said = passed(known, NOW + timedelta(hours=20) + ACK_LASTS)
    assert (said, again.acked_by) == ("goes on", "")


def test_who_was_told_of_less_before_a_mute_is_told_after_it_that_it_got_worse() -> None:
    before, _ = seen(None, _trouble("warning"), NOW)
    after, said = seen(before, _trouble("emergency"), NOW + SECOND)
    assert said == "worse"
    assert passed(unsaid(after, before), NOW + 2 * SECOND)[1] == "worse"
    never, _ = seen(None, _trouble(), NOW)
    assert passed(unsaid(never, None), NOW + SECOND)[1] == "opened"
    assert passed(acked(unsaid(never, None), "alice", NOW), NOW + SECOND)[1] is None


def test_an_emergency_is_repeated_every_hour() -> None:
    incident, _ = seen(None, _trouble("emergency"), NOW)
    incident, said = passed(incident, NOW + timedelta(hours=1))
    assert said == "goes on"
    assert passed(incident, NOW + timedelta(hours=1, minutes=59))[1] is None


def test_a_clock_that_was_set_back_by_years_does_not_silence_it() -> None:
    incident, _ = seen(None, _trouble(), NOW)
    assert passed(incident, NOW - timedelta(days=700))[1] == "goes on"


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["seen", "well", "passed", "acked"]),
        st.integers(min_value=0, max_value=7200),
        st.sampled_from(["info", "warning", "error", "emergency"]),
    ),
    max_size=60,
)


@given(_EVENTS)
def test_it_is_opened_once_and_ends_once_and_is_never_called_resolved_while_it_was_just_seen(
    events: list[tuple[str, int, Gravity]],
) -> None:
    incident: Incident | None = None
    now, last_seen, said, count = NOW, NOW, list[str](), 0
    for event, seconds, gravity in events:
        now += timedelta(seconds=seconds)
        word = None
        if event == "seen":
            incident, word = seen(incident, _trouble(gravity), now)
            last_seen, count = now, count + 1
            assert incident.count == count
        elif incident is not None and event == "well":
            incident = well(incident, now)
        elif incident is not None and event == "acked":
            incident = acked(incident, "alice", now)
        elif incident is not None:
            incident, word = passed(incident, now)
        if word == "resolved":
            assert now - last_seen >= SETTLES
            incident, count = None, 0
        said += [word] if word else []
    lives = " ".join(said).split("resolved")
    assert all(life.count("opened") <= 1 for life in lives)
    assert all(life.strip().startswith("opened") for life in lives if life.strip())


def test_what_alertmanager_told_ends_when_it_has_not_told_it_again_for_days_and_nothing_else_does() -> None:
    for cause, ends in (("alert/X/123456", True), ("backup/services", False)):
        told, _ = seen(None, Trouble(cause=cause, gravity="error", title="x"), NOW)
        told, _ = seen(told, told.trouble, NOW + timedelta(days=2))
        assert passed(told, NOW + timedelta(days=4))[1] == "goes on"
        assert (passed(told, NOW + timedelta(days=5))[1] == "resolved") == ends
