"""A save that lost too much becomes a snapshot, and nothing rests on it: held, until somebody says it was meant."""

import shutil

import pytest

from core.domain.audit import Wanted
from core.domain.errors import PlanBlocked
from core.domain.moment import show
from core.domain.notice import Target
from core.domain.snapshot import Snapshot
from core.operations.recovery.parts import choose
from core.operations.recovery.terms import RecoveryWish, Terms
from core.operations.teller import Teller
from tests.core.operations.applying import ALICE
from tests.core.operations.test_standby import without_people
from tests.core.operations.world import AFTER, BEFORE, World
from tests.fakes import RecordingProgress


class Told:
    """A world that tells people."""

    def __init__(self, world: World) -> None:
        self.world, self.engine = world, world.engine
        self.engine.teller = Teller(world.state, [Target(name="opers")], world.clock)

    def save(self, content: bytes) -> Snapshot:
        self.world.clock.advance(60)
        self.world.database.write_bytes(content)
        (report,) = self.engine.back_up(reason="a save", progress=RecordingProgress())
        return report.snapshot

    def open_causes(self) -> list[str]:
        return [item.cause for item in self.engine.teller.notices.incidents() if item.well_since is None]


@pytest.fixture
def told(world: World) -> Told:
    return Told(world)


def test_it_is_stored_told_and_never_the_latest(told: Told) -> None:
    good, held = told.save(BEFORE), told.save(without_people())
    why = f"it has 0 accounts, and {good.tail} of {show(good.taken_at)} had 7"
    assert (good.held, held.held) == ("", why)
    assert told.engine.snapshots() == (good, held)
    assert told.engine.repository.content(held) == without_people()
    assert told.engine.snapshot("latest") == good
    assert told.engine.snapshot(held.tail) == held
    assert told.engine.snapshot(show(told.world.clock.now())) == good
    assert told.engine.verify("latest", progress=RecordingProgress()).snapshot == good
    run = told.engine.runs.last("backup", "services")
    assert run is not None
    assert (run.good, run.new, run.detail) == (False, True, why), "no success that anybody counts"
    status = told.engine.status()
    assert status.newest == good
    assert status.troubles == (
        f"snapshot {held.tail} of services is held: {why}; `release {held.tail}` if so much was meant to go",
    )
    assert told.open_causes() == ["held/services"]
    (incident,) = told.engine.teller.notices.incidents()
    assert incident.trouble.gravity == "emergency"
    assert incident.trouble.suggestion == f"!diff latest {held.tail}"


def test_nothing_is_removed_until_a_whole_one_comes(told: Told) -> None:
    told.save(BEFORE)
    held = told.save(without_people())
    assert f"snapshot {held.tail} of services is held" in told.engine.retention.held().frozen
    again = told.save(AFTER)
    assert not again.held
    assert told.engine.retention.held().frozen == ""
    assert told.engine.status().newest == again
    assert told.engine.status().troubles == ()
    assert told.open_causes() == []
    assert told.engine.snapshots()[1].held, "it stays what it is"


def test_somebody_releases_it_and_it_is_how_things_are(told: Told) -> None:
    good, held = told.save(BEFORE), told.save(without_people())
    with pytest.raises(PlanBlocked, match=f"{good.tail} is not held"):
        told.engine.release(good.tail, by="alice")
    told.engine.release(held.tail, by="alice")
    assert told.engine.snapshot("latest").id == held.id
    assert told.engine.retention.held().frozen == ""
    assert told.open_causes() == []
    entries = list(told.engine.journal.entries(Wanted()))[-2:]
    assert [(entry.event, entry.fields["by"]) for entry in entries] == [
        ("release asked", "alice"),
        ("release", "alice"),
    ]
    with pytest.raises(PlanBlocked, match="is not held"):
        told.engine.release(held.tail, by="alice")
    later = [row for row in without_people().splitlines(keepends=True) if not row.startswith(b"KL ")]
    assert not told.save(b"".join(later)).held


def test_after_a_release_the_storage_alone_says_so(told: Told) -> None:
    """The state directory is lost with the host: what was released lives on in a snapshot of its own."""
    told.save(BEFORE)
    held = told.save(without_people())
    told.engine.release(held.tail, by="alice")
    good = told.save(without_people())
    assert good.id != held.id
    assert told.save(without_people()) == good, "one is enough"
    told.engine.repository.released = frozenset
    assert [snapshot.held != "" for snapshot in told.engine.snapshots()] == [False, True, False]
    assert told.engine.snapshot("latest") == good


def test_a_recovery_on_an_empty_host_takes_the_good_one_and_says_so(told: Told) -> None:
    good, held = told.save(BEFORE), told.save(without_people())
    shutil.rmtree(told.world.state)
    chosen = choose(RecoveryWish(), told.engine._ground, Terms())
    assert [part.snapshot for part in chosen.parts] == [good]
    assert chosen.passed_over == (f"{held.tail} of services is held, and not taken: {held.held}",)


def test_whoever_names_it_gets_it_and_reads_that_it_is_held(told: Told) -> None:
    """A save that was cut off at a line's end: services load it, and no channel is left."""
    told.save(BEFORE)
    rows = BEFORE.splitlines(keepends=True)
    held = told.save(b"".join(row for row in rows if row.split(b" ")[0] not in {b"MC", b"CA", b"MDC", b"MDA"}))
    assert held.held.startswith("it has 0 channels")
    named = choose(RecoveryWish(reference=held.tail), told.engine._ground, Terms())
    assert ([part.snapshot for part in named.parts], named.passed_over) == ([held], ())
    plan = told.engine.plan_restore(ALICE, held.tail, progress=RecordingProgress())
    assert f"services {held.tail}, HELD: it has 0 channels" in plan.headline
    assert told.engine.plan_restore(ALICE, progress=RecordingProgress()).snapshot != held
