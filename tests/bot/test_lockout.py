"""Three failures in ten minutes are half an hour of silence; a success forgives."""

from bot.lockout import Lockout
from tests.fakes import FakeClock


def test_the_third_failure_within_ten_minutes_closes_the_door_for_thirty() -> None:
    clock = FakeClock()
    door = Lockout(clock.now)
    assert [door.failed("x") for _ in range(3)] == [False, False, True]
    assert door.is_closed("x")
    assert not door.is_closed("y")
    assert not door.failed("x"), "told once"
    clock.advance(30 * 60)
    assert not door.is_closed("x")


def test_failures_far_apart_or_forgiven_do_not_add_up() -> None:
    clock = FakeClock()
    door = Lockout(clock.now)
    for _ in range(9):
        assert not door.failed("slow")
        clock.advance(5 * 60 + 1)
    for _ in range(9):
        assert not door.failed("good")
        door.succeeded("good")


def test_any_number_of_names_takes_a_bounded_memory() -> None:
    door = Lockout(FakeClock().now)
    for number in range(5000):
        door.failed(str(number))
    assert len(door._records) <= 1000
