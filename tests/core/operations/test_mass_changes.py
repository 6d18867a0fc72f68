"""A takeover is told with the two snapshots between which it happened; a quiet day, and a restart, tell nothing."""

from collections.abc import Iterable

import pytest

from core.domain.mass_change import USUAL
from core.domain.notice import Trouble
from core.operations.mass_changes import MassChanges
from core.repository.heads import Heads
from tests.core.operations.test_standby import without_people
from tests.core.operations.world import BEFORE, World
from tests.fakes import RecordingProgress

NUMBERS = range(60)


def network(founders: Iterable[str], more: bytes = b"") -> bytes:
    """That of the vectors, and a channel for each founder."""
    rows = b"".join(
        b"MC #m%d 1795396577 1795396592 +v 272 0 0 \nCA #m%d %s +AFORaefhioqrstv 1795396577 %s \n"
        % (number, number, who.encode(), who.encode())
        for number, who in enumerate(founders)
    )
    place = BEFORE.index(b"\nMC ") + 1
    return BEFORE[:place] + rows + more + BEFORE[place:]


class Watched:
    """A world whose snapshots are compared, by a bot that may be started anew."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.engine.repository.heads = Heads(world.state / "heads.json")
        self.opened = 0
        self.start()

    def start(self) -> None:
        engine = self.world.engine
        self.changes = MassChanges(
            engine.site, engine.repository, state_dir=self.world.state, clock=self.world.clock, limits=USUAL
        )

    def save(self, content: bytes) -> str:
        self.world.clock.advance(300)
        self.world.database.write_bytes(content)
        (report,) = self.world.engine.back_up(reason="a save", progress=RecordingProgress())
        return report.snapshot.tail

    def look(self) -> list[Trouble]:
        return list(self.changes.look())


@pytest.fixture
def watched(world: World) -> Watched:
    return Watched(world)


def test_founders_that_changed_by_the_dozen_are_told_for_a_day(watched: Watched) -> None:
    assert watched.look() == []
    before = watched.save(network("bob" for _ in NUMBERS))
    assert watched.look() == []
    after = watched.save(network("carol" if number < 31 else "bob" for number in NUMBERS))
    (found,) = watched.look()
    assert found.title == "31 channels changed founder of services since 2026-11-23 09:35Z"
    assert (found.gravity, found.suggestion) == ("error", f"!diff {before} {after}")
    watched.start()
    assert watched.look() == [found], "a restart forgets nothing, and compares nothing twice"
    watched.save(
        network("carol" if number < 31 else "bob" for number in NUMBERS).replace(b"+sCb default", b"+shCb default")
    )
    assert watched.look() == [found]
    watched.world.clock.advance(86400)
    assert watched.look() == []


def test_what_was_dropped_is_told_beside_it_and_its_entries_are_not(watched: Watched) -> None:
    watched.save(network("bob" for _ in NUMBERS))
    watched.look()
    watched.save(network("bob" for _ in range(40)))
    assert [found.title[:25] for found in watched.look()] == ["20 channels were dropped "]


def test_access_alone_is_told(watched: Watched) -> None:
    watched.save(network("bob" for _ in NUMBERS))
    watched.look()
    more = b"".join(b"CA #m0 *!*@%d.example +Aiotv 1795396577 bob \n" % number for number in range(30))
    rows = network("bob" for _ in NUMBERS).replace(b"CA #m1 bob", b"CA #m1 bob", 1)
    place = rows.index(b"MC #m1 ")
    watched.save(rows[:place] + more + rows[place:])
    (found,) = watched.look()
    assert found.title.startswith("30 access entries changed of services")
    assert found.gravity == "warning"


def test_several_snapshots_between_two_looks_are_one_comparison_and_held_ones_none(watched: Watched) -> None:
    first = watched.save(network("bob" for _ in NUMBERS))
    watched.look()
    watched.save(without_people())
    assert watched.look() == []
    watched.save(network("carol" if number < 10 else "bob" for number in NUMBERS))
    last = watched.save(network("carol" if number < 20 else "bob" for number in NUMBERS))
    (found,) = watched.look()
    assert found.suggestion == f"!diff {first} {last}"
    assert found.title.startswith("20 channels changed founder")


def test_a_host_that_opens_nothing_says_nothing(watched: Watched) -> None:
    watched.save(network("bob" for _ in NUMBERS))
    watched.save(network("carol" for _ in NUMBERS))
    (watched.world.state.parent / "host.key").unlink()
    assert watched.look() == []
    (watched.world.state / "changes.services.json").write_text("{")
    assert watched.look() == []
