"""The promises of retention, over any history of snapshots and any policy; and a year of life."""

import dataclasses
import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.domain.bucket import bucket
from core.domain.retention import DEFAULT, Decision, Known, RetentionPolicy
from core.domain.snapshot import Snapshot
from core.domain.thinning import decide
from tests.core.domain.timeline import Life, chain, snapshot

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
_STEPS = st.sampled_from([1, 5, 60, 60, 600, 1440, 10080, 40000, -3, -90, -100000])  # minutes; clocks step back


@st.composite
def histories(draw: st.DrawFn) -> list[Snapshot]:
    """Any: irregular, with clocks that step back and forth, the end perhaps in the future, and any earlier base."""
    moment = NOW - timedelta(days=draw(st.sampled_from([0, 1, 30, 400])))
    made: list[Snapshot] = []
    for number, step in enumerate(draw(st.lists(_STEPS, max_size=40)), 1):
        moment += timedelta(minutes=step)
        base = draw(st.sampled_from(["", *(item.id for item in made[-12:])]))
        made.append(snapshot(number, moment, base=base))
    return made


policies = st.builds(
    RetentionPolicy,
    keep_last=st.integers(0, 4),
    within=st.sampled_from([timedelta(), timedelta(hours=1), timedelta(days=2)]),
    hourly=st.integers(0, 4),
    daily=st.integers(0, 4),
    weekly=st.integers(0, 3),
    monthly=st.integers(0, 3),
    yearly=st.integers(0, 2),
).filter(lambda policy: not policy.keeps_nothing)


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Snapshot], Known]:
    made = draw(histories())

    def some() -> frozenset[str]:
        places = draw(st.sets(st.integers(0, len(made) - 1), max_size=4)) if made else set[int]()
        return frozenset(made[place].id for place in places)

    levels = draw(st.lists(st.integers(0, 3), min_size=len(made), max_size=len(made)))
    return made, Known(
        proven={item.id: level for item, level in zip(made, levels, strict=True)},
        damaged=some(),
        pinned=dict.fromkeys(some(), "a reason"),
        retained=dict.fromkeys(some(), "a lock"),
    )


def _ids(snapshots: tuple[Snapshot, ...]) -> set[str]:
    return {item.id for item in snapshots}


@given(situations(), policies)
def test_the_newest_the_newest_proven_and_the_pinned_always_stay(
    situation: tuple[list[Snapshot], Known], policy: RetentionPolicy
) -> None:
    made, known = situation
    kept = _ids(decide(made, policy, NOW, known).kept)
    assert {item.id for item in made[-1:]} <= kept
    assert set(known.pinned) <= kept
    assert {item.id for item in made if item.taken_at > NOW} <= kept
    for level in (1, 2, 3):
        proven = [item.id for item in made if known.proven[item.id] >= level and item.id not in known.damaged]
        assert set(proven[-1:]) <= kept


@given(situations(), policies)
def test_no_kept_snapshot_loses_its_base_and_bases_go_last(
    situation: tuple[list[Snapshot], Known], policy: RetentionPolicy
) -> None:
    made, known = situation
    decision = decide(made, policy, NOW, known)
    kept = _ids(decision.kept)
    for item in decision.kept:
        assert set(chain(made, item)) <= kept
    there = {item.id for item in made}
    for item in decision.doomed:  # as they are removed, one by one
        there.remove(item.id)
        assert not [other.id for other in made if other.id in there and other.base == item.id]


@given(situations(), policies)
def test_pruning_twice_is_pruning_once(situation: tuple[list[Snapshot], Known], policy: RetentionPolicy) -> None:
    made, known = situation
    once = decide(made, policy, NOW, known)
    assert decide(once.kept, policy, NOW, known).doomed == ()


@given(situations(), policies, policies)
def test_larger_numbers_never_remove_more(
    situation: tuple[list[Snapshot], Known], policy: RetentionPolicy, more: RetentionPolicy
) -> None:
    made, known = situation
    larger = RetentionPolicy(
        **{
            field.name: getattr(policy, field.name) + getattr(more, field.name)
            for field in dataclasses.fields(RetentionPolicy)
        }
    )
    assert _ids(decide(made, policy, NOW, known).kept) <= _ids(decide(made, larger, NOW, known).kept)


@given(situations(), policies, st.randoms(use_true_random=False))
def test_the_order_of_the_input_is_nothing(
    situation: tuple[list[Snapshot], Known], policy: RetentionPolicy, chance: random.Random
) -> None:
    made, known = situation
    other = list(made)
    chance.shuffle(other)
    assert decide(made, policy, NOW, known) == decide(other, policy, NOW, known)


@given(situations(), policies, st.integers(0, 40))
def test_one_pin_more_keeps_that_one_and_lets_no_other_go(
    situation: tuple[list[Snapshot], Known], policy: RetentionPolicy, place: int
) -> None:
    made, known = situation
    before = _ids(decide(made, policy, NOW, known).kept)
    pinned = {made[place % len(made)].id: "more"} if made else {}
    after = decide(made, policy, NOW, dataclasses.replace(known, pinned={**known.pinned, **pinned}))
    extra = {base for item in made if item.id in pinned for base in chain(made, item)}
    assert _ids(after.kept) == before | set(pinned) | extra


def _year() -> tuple[Life, list[Snapshot], Decision, datetime]:
    """400 days of saves every quarter of an hour, thinned each midnight."""
    life, there = Life(), list[Snapshot]()
    start = datetime(2025, 10, 20, tzinfo=UTC)
    decision = Decision(fates=())
    now = start
    for day in range(400):
        there += [life.save(start + timedelta(days=day, minutes=15 * step)) for step in range(96)]
        now = start + timedelta(days=day + 1)
        decision = decide(there, DEFAULT, now, Known(proven={there[-1].id: 1}))
        there = list(decision.kept)
    return life, there, decision, now


def test_a_year_of_saves_leaves_twelve_months_four_weeks_seven_days_a_week_of_hours_and_two_days_of_all() -> None:
    life, there, decision, now = _year()
    rules: dict[str, set[str]] = {}
    for fate in decision.fates:
        for reason in fate.reasons:
            rules.setdefault(reason.rule, set()).add(fate.snapshot.id)
    assert [len(rules[name]) for name in ("monthly", "weekly", "daily", "hourly")] == [12, 4, 7, 168]
    months = {"2025-12", *(f"2026-{month:02}" for month in range(1, 12))}
    assert {bucket("monthly", item) for item in there if item.id in rules["monthly"]} == months
    assert {item.id for item in life.taken if item.taken_at >= now - timedelta(hours=48)} <= _ids(tuple(there))
    extra = rules["base"] - set().union(*(found for rule, found in rules.items() if rule != "base"))
    assert len(extra) <= 12 + 2, "the kept ones are nearly all bases themselves"
    assert len(there) < 800
