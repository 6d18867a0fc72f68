"""What was agreed to is exactly what is carried out: once, in time, by whom it takes, whatever comes in between."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule

from bot.chat.agreement import (
    LIFETIME,
    Agreements,
    Asker,
    NotAgreed,
    Waiting,
    must_approve,
    must_break_glass,
    must_confirm,
    must_deny,
)
from bot.chat.authority import Actor, Role
from bot.chat.carrying import take_over
from core.domain.code import ALPHABET
from tests.bot.chat.plans import NOW, PRUNING, asker, person, restoring

ALICE, CAROL, DAVE = person("alice", "oper:root"), person("carol"), person("dave", glass=True)


class _Watch:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


def test_a_code_serves_who_asked_once_and_in_any_case() -> None:
    agreements = Agreements(_Watch())
    waiting = agreements.offer(restoring(), asker(ALICE))
    assert agreements.look(waiting.code.lower()) is waiting
    must_confirm(waiting, ALICE)
    with pytest.raises(NotAgreed, match="asked for by alice"):
        must_confirm(waiting, CAROL)
    with pytest.raises(NotAgreed, match="needs no second oper: alice carries it out with !confirm"):
        must_approve(waiting, CAROL)
    agreements.take(waiting)
    with pytest.raises(NotAgreed, match="serves once"):
        agreements.take(waiting)


def test_what_takes_two_is_not_confirmed_by_the_one_who_asked_whatever_they_prove_themselves_with() -> None:
    waiting = Agreements(_Watch()).offer(PRUNING, asker(ALICE))
    with pytest.raises(NotAgreed, match="needs a second oper"):
        must_confirm(waiting, ALICE)
    for same in (ALICE, person("ALICE"), person("somebody", "oper:root"), person("x", "person:alice")):
        with pytest.raises(NotAgreed, match="yourself"):
            must_approve(waiting, same)
    must_approve(waiting, CAROL)


def test_a_plan_is_denied_by_who_asked_or_may_approve() -> None:
    waiting = Agreements(_Watch()).offer(PRUNING, asker(ALICE))
    restorer = Actor(name="erin", roles=frozenset({Role.RESTORE}), proof="test", marks=frozenset({"person:erin"}))
    must_deny(waiting, CAROL)
    must_deny(waiting, Actor(name="alice", roles=frozenset(), proof="test", marks=frozenset({"person:alice"})))
    with pytest.raises(NotAgreed, match="denied by alice or"):
        must_deny(waiting, restorer)


def test_glass_is_broken_by_those_who_are_named_and_only_where_two_are_needed() -> None:
    agreements = Agreements(_Watch())
    must_break_glass(agreements.offer(PRUNING, asker(ALICE)), DAVE)
    with pytest.raises(NotAgreed, match="does not name you"):
        must_break_glass(agreements.offer(PRUNING, asker(ALICE)), CAROL)
    with pytest.raises(NotAgreed, match="needs no second oper"):
        must_break_glass(agreements.offer(restoring(), asker(DAVE)), DAVE)


def test_codes_have_no_look_alikes_and_the_oldest_makes_room() -> None:
    agreements = Agreements(_Watch())
    codes = [agreements.offer(restoring(), asker(ALICE)).code for _ in range(100)]
    assert all(len(code) >= 4 and set(code) <= set(ALPHABET) for code in codes)
    assert agreements.look(codes[-1]).code == codes[-1]
    with pytest.raises(NotAgreed):
        agreements.look(codes[0])


class _Life(RuleBasedStateMachine):
    """Plans are asked for and agreed to in any order, while time goes on."""

    plans = Bundle("plans")

    def __init__(self) -> None:
        super().__init__()
        self.watch = _Watch()
        self.agreements = Agreements(self.watch)
        self.over: set[str] = set()
        self.born: dict[str, datetime] = {}

    @rule(target=plans, who=st.sampled_from((ALICE, CAROL, DAVE)), two=st.booleans())
    def ask(self, who: Actor, *, two: bool) -> object:
        waiting = self.agreements.offer(PRUNING if two else restoring(), asker(who))
        if len(self.agreements.all()) > 20:
            return multiple()
        self.born[waiting.code] = self.watch.time
        self.over.discard(waiting.code)
        return waiting

    @rule(seconds=st.integers(0, 200))
    def wait(self, seconds: int) -> None:
        self.watch.time += timedelta(seconds=seconds)

    @rule(waiting=plans, who=st.sampled_from((ALICE, CAROL, DAVE)), how=st.sampled_from(("confirm", "approve", "deny")))
    def agree(self, waiting: Waiting, who: Actor, how: str) -> None:
        judge = {"confirm": must_confirm, "approve": must_approve, "deny": must_deny}[how]
        try:
            found = self.agreements.look(waiting.code)
            judge(found, who)
            self.agreements.take(waiting)
        except NotAgreed:
            return
        assert waiting.code not in self.over
        assert self.watch.time < self.born[waiting.code] + LIFETIME
        own = who.name == waiting.by
        assert how == "deny" or own is (how == "confirm") is not bool(waiting.second)
        self.over.add(waiting.code)


_Life.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnyOrder = _Life.TestCase


@pytest.mark.parametrize("seed", range(40))
async def test_of_many_who_agree_at_once_exactly_one_is_heard(seed: int) -> None:
    """Both sides of a split, two lines in one packet: whatever the server's answers overtake, one execution."""
    chance = random.Random(seed)  # noqa: S311 — an order of things, no secret
    agreements = Agreements(_Watch())

    async def still() -> Actor:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        return ALICE

    waiting = agreements.offer(PRUNING, Asker(actor=ALICE, still=still))

    async def approve(who: Actor) -> bool:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        try:
            found = agreements.look(waiting.code)
            must_approve(found, who)
            await take_over(agreements, found, who)
        except NotAgreed:
            return False
        return True

    heard = await asyncio.gather(*(approve(who) for who in (CAROL, DAVE, CAROL, ALICE, DAVE)))
    assert heard.count(True) == 1
    assert not heard[3]


async def test_a_denial_while_the_server_is_asked_wins() -> None:
    agreements = Agreements(_Watch())
    asked, answer = asyncio.Event(), asyncio.Event()

    async def still() -> Actor:
        asked.set()
        await answer.wait()
        return ALICE

    waiting = agreements.offer(PRUNING, Asker(actor=ALICE, still=still))
    approving = asyncio.create_task(take_over(agreements, waiting, CAROL))
    await asked.wait()
    must_deny(waiting, ALICE)
    agreements.take(waiting)
    answer.set()
    with pytest.raises(NotAgreed, match="serves once"):
        await approving


@pytest.mark.parametrize("now", [None, person("mallory")], ids=["gone or no oper", "somebody else"])
async def test_a_plan_is_nothing_without_the_right_of_who_asked(now: Actor | None) -> None:
    """Alice lost her rights after the plan was shown: carol's approval carries nothing out."""
    agreements = Agreements(_Watch())

    async def still() -> Actor | None:
        return now

    waiting = agreements.offer(PRUNING, Asker(actor=ALICE, still=still))
    with pytest.raises(NotAgreed, match="nobody vouches now for alice"):
        await take_over(agreements, waiting, CAROL)
    assert agreements.all() == (waiting,), "the server may only have been slow: it waits for its five minutes"
