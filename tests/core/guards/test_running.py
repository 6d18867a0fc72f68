"""Services that are down are told after a minute, unless somebody said that they stay down."""

from dataclasses import dataclass

from core.guards.running import Program, Running
from tests.fakes import FakeClock


@dataclass
class Stub:
    """A program at the port."""

    running: bool = True
    can_act: bool = True

    def is_running(self) -> bool:
        return self.running

    def stop(self) -> None:
        self.running = False

    def start(self) -> None:
        self.running = True


def test_who_is_down_for_more_than_a_minute_is_told() -> None:
    clock, program = FakeClock(), Stub()
    guard = Running([Program(name="services", what="services", control=program)], clock)
    assert not list(guard.look())
    program.stop()
    for _ in range(3):  # 0, 30 and 60 seconds
        assert not list(guard.look())
        clock.advance(30)
    (trouble,) = guard.look()
    assert (trouble.cause, trouble.gravity) == ("services/services", "error")
    assert trouble.title == "services are not running, for 1m at least"
    program.start()
    assert not list(guard.look())
    program.stop()
    assert not list(guard.look()), "the next minute counts anew"


def test_what_its_operator_says_is_down_is_no_trouble() -> None:
    clock = FakeClock()
    guard = Running([Program(name="a", what="services", control=Stub(running=False, can_act=False))], clock)
    assert not list(guard.look())
    clock.advance(999)
    assert not list(guard.look())
