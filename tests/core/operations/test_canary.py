"""The canary is set, looked for in the first save after that, and its absence is told until one has it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.control.silent import SilentServices
from core.domain.errors import ControlFailed
from core.operations.canary import KEY, Canary
from tests.core.operations.world import BEFORE, World
from tests.fakes import RecordingProgress


class Marked(SilentServices):
    """Services that keep a property, or do not take it."""

    def __init__(self) -> None:
        self.value, self.asked, self.deaf = b"", 0, False

    def set_property(self, key: str, value: str) -> None:
        assert key == KEY
        self.asked += 1
        if self.deaf:
            raise ControlFailed("services do not answer")
        self.value = value.encode()

    @property
    def database(self) -> bytes:
        return BEFORE.replace(b"\nMCFP alice 64", b"\nMDU alice backupserv-canary %s\nMCFP alice 64" % self.value, 1)


class Cage:
    """A world with a canary."""

    def __init__(self, world: World) -> None:
        self.world, self.services = world, Marked()
        self.site = replace(world.engine.site, services=self.services)
        self.start()

    def start(self) -> None:
        self.canary = Canary(
            self.site,
            self.world.engine.repository,
            state_dir=self.world.state,
            clock=self.world.clock,
            every=timedelta(hours=1),
        )

    def look(self) -> list[str]:
        return [trouble.title for trouble in self.canary.look()]

    def save(self, content: bytes, minutes: float = 5) -> str:
        self.world.clock.advance(minutes * 60)
        self.world.save(content)
        (report,) = self.world.engine.back_up(reason="a save", progress=RecordingProgress())
        return report.snapshot.tail


@pytest.fixture
def cage(world: World) -> Cage:
    return Cage(world)


def test_it_is_changed_every_hour_and_each_is_found(cage: Cage) -> None:
    assert cage.look() == []
    first = cage.services.value
    assert len(first) == 16
    cage.save(cage.services.database)
    assert cage.look() == []
    cage.start()
    cage.world.clock.advance(50 * 60)
    assert cage.look() == []
    assert cage.services.asked == 1
    cage.world.clock.advance(10 * 60)
    assert cage.look() == []
    assert cage.services.value != first


def test_a_save_without_it_is_told_until_one_has_it(cage: Cage) -> None:
    """A whole and new save, of a database that services do not live on."""
    cage.look()
    tail = cage.save(BEFORE)
    (said,) = cage.look()
    assert said == (
        f"{tail} of services, saved 2026-11-23 09:35Z, lacks the canary that services took 2026-11-23 09:30Z: "
        "it is no copy of what they live on"
    )
    assert cage.look() == [said]
    cage.world.clock.advance(3600)
    assert cage.look() == [said]
    assert cage.services.asked == 2
    assert cage.look() == [said], "the next one is on its way, and the last was missing"
    cage.save(cage.services.database)
    assert cage.look() == []


def test_a_save_that_had_begun_before_says_nothing(cage: Cage) -> None:
    cage.look()
    cage.save(BEFORE, minutes=0.01)
    assert cage.look() == []
    cage.save(cage.services.database)
    assert cage.look() == []


def test_where_no_save_comes_another_is_set_and_nothing_is_said(cage: Cage) -> None:
    """That services do not save is told by others."""
    cage.look()
    cage.world.clock.advance(90 * 60)
    assert cage.look() == []
    assert cage.services.asked == 1
    cage.world.clock.advance(30 * 60)
    assert cage.look() == []
    assert cage.services.asked == 2


def test_services_that_do_not_take_it_are_told_and_not_asked_all_the_time(cage: Cage) -> None:
    cage.services.deaf = True
    for _ in range(3):
        with pytest.raises(ControlFailed, match="do not answer"):
            cage.look()
    assert cage.services.asked == 1
    cage.services.deaf = False
    cage.world.clock.advance(600)
    assert cage.look() == []


@pytest.mark.parametrize("spoil", ["{", "[]", '{"value": "x", "set_at": "2026-11-23T09:30:00"}', '{"value": 7}'])
def test_a_memory_that_is_lost_costs_one_rotation(cage: Cage, spoil: str) -> None:
    cage.look()
    (cage.world.state / "canary.json").write_text(spoil)
    assert cage.look() == []
    assert cage.services.asked == 2


def test_services_that_can_be_told_nothing_are_named(world: World) -> None:
    canary = Canary(
        world.engine.site, world.engine.repository, state_dir=world.state, clock=world.clock, every=timedelta(hours=1)
    )
    with pytest.raises(ControlFailed, match="needs services that can be told something"):
        list(canary.look())
