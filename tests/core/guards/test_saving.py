"""Services that stop saving are noticed within two intervals; who saves, rests or was just started is left alone."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.domain.errors import ControlFailed, SourceUnreadable
from core.domain.notice import Trouble
from core.guards.saving import Saver, Saving
from tests.fakes import FakeClock

MINUTES = 5


@dataclass
class Town:
    """Services that save every five minutes into a folder, and a guard that looks every 30 seconds."""

    database: Path
    clock: FakeClock = field(default_factory=FakeClock)
    running: bool | None = True
    standing: list[str] = field(default_factory=list)
    can_act: bool = True
    number: int = 1  # of the run, as a control may know it

    def __post_init__(self) -> None:
        self.guard = self.anew()

    def anew(self) -> Saving:
        self.guard = Saving(
            [Saver(name="services", database=self.database, every_seconds=60 * MINUTES, control=self)],
            self.clock,
            lambda: self.standing,
        )
        return self.guard

    def is_running(self) -> bool:
        if self.running is None:
            raise ControlFailed("nobody knows")
        return self.running

    def life(self) -> str | None:
        return str(self.number) if self.is_running() else None

    def stop(self) -> None:
        self.running = False

    def start(self) -> None:
        self.running = True

    def save(self) -> None:
        """A new file, stamped by the clock of this host."""
        new = self.database.with_name("services.db.new")
        new.write_bytes(b"x")
        os.utime(new, (self.clock.now().timestamp(),) * 2)
        new.replace(self.database)

    def look(self, minutes: float = 0, *, saves: bool = False) -> list[Trouble]:
        """For so long: what is found at the end."""
        found = list(self.guard.look())
        for half_minute in range(int(minutes * 2)):
            self.clock.advance(30)
            if saves and half_minute % (2 * MINUTES) == 0:
                self.save()
            found = list(self.guard.look())
        return found


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "services.db")
    town.save()
    return town


def test_who_stops_saving_is_told_within_two_intervals_and_not_after_one(town: Town) -> None:
    assert not town.look(60, saves=True)
    town.save()
    assert not town.look(MINUTES * 1.5)
    (trouble,) = town.look(MINUTES / 2)
    assert trouble.cause == "saving/services"
    assert trouble.gravity == "emergency"
    assert trouble.title == "services have not saved services for 10m, and should every 5m"
    assert trouble.suggestion == "!save"
    assert trouble.freezes
    assert town.look(60)
    town.save()
    assert not town.look(MINUTES)


def test_services_that_do_not_run_do_not_save_and_after_a_start_they_have_their_time(town: Town) -> None:
    town.stop()
    assert not town.look(600)
    town.start()
    assert not town.look(MINUTES)
    town.save()
    assert not town.look(MINUTES)


def test_services_that_were_started_and_never_save_are_told(town: Town) -> None:
    town.stop()
    town.look(600)
    town.start()
    (trouble,) = town.look(MINUTES * 2)
    assert trouble.title.startswith("services have not saved services for 10h")
    town.database.unlink()
    assert town.look(1)
    empty = Town(town.database, clock=town.clock)
    (trouble,) = empty.look(MINUTES * 2)
    assert trouble.title.startswith("services never saved services")


def test_who_was_killed_and_started_again_between_two_looks_has_its_time(town: Town) -> None:
    """What it had in memory is lost, and its next save comes an interval after its start: nothing is wrong now."""
    assert not town.look(MINUTES - 0.5)
    town.number += 1
    assert not town.look(MINUTES * 1.4)
    town.save()
    assert not town.look(MINUTES)


def test_who_is_started_again_and_again_and_never_saves_is_told(town: Town) -> None:
    found: list[Trouble] = []
    for _ in range(4):
        town.number += 1
        found = town.look(MINUTES * 0.8)
    assert [trouble.cause for trouble in found] == ["saving/services"]
    town.standing = ["saving/services"]
    town.save()
    assert not town.look(MINUTES)
    assert town.look(MINUTES)
    town.number += 1
    assert town.look(), "a restart makes nothing well"


def test_a_clock_that_jumps_is_no_sign_of_anything(town: Town) -> None:
    """What is measured goes by seconds that pass."""
    town.look(MINUTES)
    town.clock.time = town.clock.time.replace(year=2030)
    assert not town.look(1)
    assert town.look(MINUTES)


def test_a_bot_that_starts_anew_does_not_know_and_forgets_nothing(town: Town) -> None:
    """The host may have been down for a day; but what stood before stands until a save comes."""
    town.clock.advance(86400)
    town.anew()
    assert not town.look()
    assert town.look(MINUTES * 2)
    town.standing = ["saving/services"]
    town.anew()
    assert town.look()
    town.save()
    assert not town.look()


def test_what_cannot_be_known_is_not_called_well(town: Town, tmp_path: Path) -> None:
    town.running = None
    with pytest.raises(ControlFailed):
        town.look()
    (tmp_path / "file").touch()
    blind = Town(tmp_path / "file" / "services.db", clock=town.clock)
    with pytest.raises(SourceUnreadable, match="cannot be looked at"):
        blind.look()
