"""What was agreed to is exactly what is carried out, once, by who asked."""

from datetime import UTC, datetime, timedelta
from typing import cast

from bot.chat.confirmation import LIFETIME, Confirmations
from core.domain.code import ALPHABET
from core.operations.proposal import Proposal

PLAN = cast("Proposal", object())  # a code carries a plan and never looks into it


class _Watch:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def test_a_code_gives_its_plan_to_who_asked_once() -> None:
    confirmations = Confirmations(_Watch())
    code = confirmations.offer(PLAN, "alice").code
    assert confirmations.take(code.lower(), "ALICE") is PLAN
    assert "serves once" in str(confirmations.take(code, "alice"))


def test_somebody_else_cannot_use_a_code_and_does_not_spoil_it() -> None:
    confirmations = Confirmations(_Watch())
    code = confirmations.offer(PLAN, "alice").code
    assert "asked for by alice" in str(confirmations.take(code, "carol"))
    assert confirmations.take(code, "alice") is PLAN


def test_a_code_dies_after_five_minutes() -> None:
    watch = _Watch()
    confirmations = Confirmations(watch)
    code = confirmations.offer(PLAN, "alice").code
    watch.time += LIFETIME + timedelta(seconds=1)
    assert confirmations.take(code, "alice") is not PLAN


def test_codes_have_no_look_alikes() -> None:
    assert not set("0O1ILU") & set(ALPHABET)
    confirmations = Confirmations(_Watch())
    assert all(set(confirmations.offer(PLAN, "alice").code) <= set(ALPHABET) for _ in range(200))


def test_a_flood_of_plans_is_bounded_and_the_newest_stay() -> None:
    confirmations = Confirmations(_Watch())
    codes = [confirmations.offer(PLAN, "alice").code for _ in range(100)]
    assert confirmations.take(codes[-1], "alice") is PLAN
    assert confirmations.take(codes[0], "alice") is not PLAN
