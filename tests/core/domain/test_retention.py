"""What a policy keeps, why, and what stops all removal."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.errors import PlanBlocked
from core.domain.retention import DEFAULT, Decision, Known, RetentionPolicy
from core.domain.snapshot import Snapshot
from core.domain.thinning import decide
from tests.core.domain.timeline import Life, snapshot

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAILY = RetentionPolicy(daily=3)


def _days(number: int) -> list[Snapshot]:
    """One at noon and one in the evening of each of so many days, the last of them yesterday."""
    start = NOW.replace(hour=12, minute=0) - timedelta(days=number)
    return [snapshot(1 + i, start + timedelta(hours=8 * (i % 2), days=i // 2)) for i in range(number * 2)]


def _known(snapshots: list[Snapshot], **more: object) -> Known:
    return dataclasses.replace(Known(proven={item.id: 1 for item in snapshots}), **more)  # type: ignore[arg-type]  # by name


def _told(decision: Decision) -> dict[int, str]:
    return {fate.snapshot.sequence: " · ".join(map(str, fate.reasons)) for fate in decision.fates if fate.stays}


def _kept(decision: Decision) -> set[int]:
    return {item.sequence for item in decision.kept}


def test_each_that_stays_has_all_its_reasons_and_each_that_goes_what_is_kept_instead() -> None:
    made = _days(5)
    decision = decide(made, DAILY, NOW, _known(made))
    assert _told(decision) == {
        5: "daily of 2026-11-20",
        7: "daily of 2026-11-21",
        9: "daily of 2026-11-22",
        10: "newest · newest proven to level 1",
    }
    instead = {fate.snapshot.sequence: fate.instead for fate in decision.fates if not fate.stays}
    assert instead[8] == f"{made[6].tail} is kept of 2026-11-21"
    assert instead[1] == f"{made[4].tail} is kept of 2026-W47" or "older than all" in instead[1]


def test_the_first_of_a_day_stands_for_it_and_one_that_is_damaged_only_where_nothing_else_does() -> None:
    made = _days(5)
    assert _kept(decide(made, DAILY, NOW, _known(made))) == {5, 7, 9, 10}
    damaged = {made[4].id}
    assert _kept(decide(made, DAILY, NOW, _known(made, damaged=damaged))) == {6, 7, 9, 10}
    damaged = {made[4].id, made[5].id}
    assert _kept(decide(made, DAILY, NOW, _known(made, damaged=damaged))) == {5, 7, 9, 10}


def test_junk_of_a_whole_night_takes_the_place_of_nothing_that_was_there() -> None:
    """Somebody ruins the database and has it saved every minute, for a day and a night."""
    made = _days(7)
    good = _kept(decide(made, RetentionPolicy(daily=7), NOW, _known(made)))
    junk = [snapshot(100 + i, NOW - timedelta(minutes=i), accounts=1) for i in range(60 * 24, 0, -1)]
    junk = [dataclasses.replace(item, sequence=100 + i) for i, item in enumerate(junk)]
    after = decide([*made, *junk], RetentionPolicy(daily=7), NOW, _known([*made, *junk]))
    lost = good - _kept(after)
    assert lost == {1, 14}  # the eighth day back, and what was only the newest
    at_once = RetentionPolicy(daily=7, within=timedelta(hours=48))
    assert 14 in _kept(decide([*made, *junk], at_once, NOW, _known([*made, *junk])))


def test_the_newest_of_each_level_of_proof_stays() -> None:
    made = _days(10)
    proven = {made[1].id: 3, made[2].id: 2, made[3].id: 1}
    told = _told(decide(made, DAILY, NOW, Known(proven=proven)))
    assert told[2] == "newest proven to level 3"
    assert told[3] == "newest proven to level 2"
    assert "newest proven to level 1" in told[4]
    damaged = {made[1].id}
    assert 2 not in _told(decide(made, DAILY, NOW, Known(proven=proven, damaged=damaged)))


def test_one_that_is_held_takes_the_place_of_no_good_one() -> None:
    """Neither as the first of its day, nor as the newest proven; the newest good one stays beside it."""
    made = _days(5)
    held = {made[4].id, made[9].id}
    known = _known(made, held=held)
    told = _told(decide(made, DAILY, NOW, known))
    assert set(told) == {6, 7, 9, 10}
    assert "newest that is not held · newest proven to level 1" in told[9]
    assert told[10] == "newest"


def test_one_in_the_future_neither_counts_nor_goes() -> None:
    """The clock was a year ahead for a while: what was saved then takes no day from the others."""
    made = _days(5)
    ahead = [snapshot(20 + i, NOW + timedelta(days=365 + i)) for i in range(5)]
    decision = decide([*made, *ahead], DAILY, NOW, _known(made))
    assert _kept(decision) == {5, 7, 9, 10, *range(20, 25)}
    assert "in the future: the clock stepped" in _told(decision)[20]


def test_a_clock_that_was_set_back_makes_nothing_old() -> None:
    """Saves of an hour that the clock called 1970 are as young as what came before them, and take no day of others."""
    made = _days(5)
    wrong = [snapshot(20 + i, datetime(1970, 1, 1, 0, i, tzinfo=UTC)) for i in range(5)]
    policy = RetentionPolicy(daily=3, within=timedelta(hours=12))
    decision = decide([*made, *wrong], policy, NOW, _known(made))
    assert {5, 7, 9, *range(20, 25)} <= _kept(decision)
    assert 20 in _kept(decide([*made, *wrong], RetentionPolicy(daily=9), NOW, _known(made)))
    assert 20 not in _kept(decide([*made, *wrong], DAILY, NOW, _known(made)))


def test_after_a_silence_the_last_days_before_it_are_still_there() -> None:
    made = _days(5)
    policy = RetentionPolicy(within=timedelta(hours=30))
    assert _kept(decide(made, policy, NOW + timedelta(days=90), _known(made))) == {8, 9, 10}


def test_a_pinned_one_stays_and_does_not_stop_the_rest() -> None:
    made = _days(5)
    decision = decide(made, DAILY, NOW, _known(made, pinned={made[0].id: "the merger"}))
    assert _told(decision)[1] == "pinned: the merger"
    assert {item.sequence for item in decision.doomed} == {2, 3, 4, 6, 8}


def test_what_a_lock_keeps_stays_with_what_it_rests_on() -> None:
    life = Life()
    for hour in range(60):
        life.save(NOW - timedelta(hours=60 - hour, minutes=20))
        life.save(NOW - timedelta(hours=60 - hour, minutes=10))
    locked = life.taken[5]
    plain = _kept(decide(life.taken, RetentionPolicy(keep_last=1), NOW, _known(life.taken)))
    more = _kept(decide(life.taken, RetentionPolicy(keep_last=1), NOW, _known(life.taken, retained={locked.id: "x"})))
    assert locked.base
    assert {locked.sequence} < more - plain


def test_what_is_kept_rests_on_what_is_kept() -> None:
    life = Life()
    for step in range(200):
        life.save(NOW + timedelta(days=2, minutes=20 - 20 * (200 - step)))
    decision = decide(life.taken, RetentionPolicy(keep_last=1), NOW + timedelta(days=2), _known(life.taken))
    told = _told(decision)
    assert len(told) == 4
    assert told[200] == "newest · newest proven to level 1 · one of the last 1"
    assert sum("base of " in text for text in told.values()) == 3
    order = [item.sequence for item in decision.doomed]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"frozen": "alice is looking"}, "frozen: alice is looking"),
        ({"shrunk": "the newest has half"}, "the newest has half"),
        ({"unreadable": 1}, "one manifest cannot be read"),
        ({"proven": {}}, "no snapshot is proven"),
    ],
)
def test_nothing_goes_while(more: dict[str, object], why: str) -> None:
    made = _days(5)
    decision = decide(made, DAILY, NOW, _known(made, **more))
    assert not decision.doomed
    assert why in decision.halted
    assert why in _told(decision)[1]


def test_fewer_than_the_policy_asks_for_all_stay_and_nobody_complains() -> None:
    """Ten snapshots of one day, where a policy wants ten days: none goes."""
    made = [snapshot(1 + i, NOW - timedelta(minutes=10 - i)) for i in range(10)]
    decision = decide(made, RetentionPolicy(daily=10), NOW, _known(made))
    assert not decision.doomed
    assert not decision.halted
    assert decide(made, RetentionPolicy(daily=9), NOW, _known(made)).doomed


def test_a_policy_that_keeps_nothing_is_refused() -> None:
    with pytest.raises(PlanBlocked, match="keeps nothing"):
        decide([], RetentionPolicy(), NOW, Known())
    assert decide([], DEFAULT, NOW, Known()).fates == ()
