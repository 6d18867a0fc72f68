"""What is measured is true: a failure moves no success, what is not known is not called good, a far place is spared."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.errors import BackupServError, SourceUnreadable, StorageUnavailable
from core.domain.notice import Target, Trouble
from core.operations.figures import Figures, JobFigures
from core.operations.gathering import Gathering
from core.operations.listing import Listing
from core.operations.teller import Teller
from core.ports import Progress, StoredObject
from core.repository.heads import Heads
from core.repository.pins import Pins
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.core.operations.world import World
from tests.fakes import FakeClock


class Far(LocalStorage):
    """A storage that counts how often it is listed, and may be away, or not answer."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.clock, self.seconds = clock, 0.0
        super().__init__("far", LocalSettings(kind="local", path=path))
        self.listed = 0
        self.away = self.breaks = False
        self.answers = threading.Event()
        self.answers.set()

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        self.clock.advance(self.seconds)
        if "manifest" in prefix:
            self.listed += 1
        if self.breaks:
            raise RuntimeError("nobody foresaw it")
        if self.away:
            raise StorageUnavailable("nobody answers")
        self.answers.wait(20)
        return super().list(prefix)


def _measured(gathering: Gathering) -> Figures:
    return gathering.figures(wait=20)


def test_a_backup_that_failed_moves_the_attempt_and_never_the_success(world: World, progress: Progress) -> None:
    gathering, begun = Gathering(world.engine), world.clock.now()
    (source,) = _measured(gathering).sources
    assert (source.succeeded_at, source.attempts.last, source.kept.snapshots) == (None, None, 0)
    world.engine.back_up(reason="test", progress=progress)
    world.clock.advance(3600)
    world.database.unlink()
    with pytest.raises(SourceUnreadable):
        world.engine.back_up(reason="test", progress=progress)
    (source,) = _measured(gathering).sources
    assert source.succeeded_at == begun
    assert source.attempts.last is not None
    assert source.attempts.last.at == begun + timedelta(hours=1)
    assert source.attempts.failing
    assert source.saved_at is None


def test_a_source_that_did_not_change_was_saved_all_the_same(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="test", progress=progress)
    world.clock.advance(3600)
    world.engine.back_up(reason="test", progress=progress)
    (source,) = _measured(Gathering(world.engine)).sources
    assert source.succeeded_at == world.clock.now()
    assert source.kept.snapshots == 1
    (world.state / "runs.jsonl").unlink()
    (source,) = _measured(Gathering(world.engine)).sources
    assert source.succeeded_at == world.clock.now(), "by what was noted of the look"


def test_proofs_and_damage_are_told_of_what_they_are_about(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="test", progress=progress)
    first = world.engine.snapshots()[-1]
    world.engine.verify("latest", progress=progress)
    world.clock.advance(60)
    world.database.write_bytes(world.program.memory)
    world.engine.back_up(reason="test", progress=progress)
    kept = _measured(Gathering(world.engine)).sources[0].kept
    assert kept.proven == first
    assert kept.proof is not None
    assert kept.proof.level < 3
    assert kept.stored == sum(piece.size for item in world.engine.snapshots() for piece in item.pieces)
    world.engine.ledger.record(first.id, level=1, verdict="damaged", at=world.clock.now(), detail="x", storage="disk")
    kept = _measured(Gathering(world.engine)).sources[0].kept
    assert (kept.damaged, kept.proven) == (1, None)


def test_what_is_held_and_what_is_wrong_is_counted(world: World, progress: Progress) -> None:
    engine, now = world.engine, world.clock.now()
    engine.teller = Teller(world.state, [Target(name="irc"), Target(name="mail", least="error")], world.clock)
    before = _measured(Gathering(engine))
    assert not (world.state / "outbox.sqlite").exists(), "who measures makes no outbox"
    assert [(target.name, target.waiting) for target in before.targets] == [("irc", 0), ("mail", 0)]
    assert before.incidents == {"info": 0, "warning": 0, "error": 0, "emergency": 0}
    engine.back_up(reason="test", progress=progress)
    for cause, gravity in (("backup/a", "error"), ("backup/b", "warning"), ("disk/state", "error")):
        engine.teller.notices.trouble(Trouble(cause=cause, gravity=gravity, title="x"))  # type: ignore[arg-type]  # a literal of the table above
    engine.teller.notices.ack("disk/state", "alice")
    Pins(world.state).pin(engine.snapshots()[-1].id, "why", by="alice", at=now)
    Pins(world.state).freeze("why", by="alice", at=now)
    figures = _measured(Gathering(engine))
    assert figures.incidents == {"info": 0, "warning": 1, "error": 2, "emergency": 0}
    assert figures.areas == {"backup": 2, "disk": 1}
    assert figures.acknowledged == 1
    assert [(target.name, target.waiting, target.oldest_at) for target in figures.targets] == [
        ("irc", 3, now),
        ("mail", 2, now),
    ]
    assert (figures.pinned, figures.frozen, figures.services_running) == (1, True, True)


def test_what_cannot_be_known_is_not_called_good(world: World) -> None:
    def refuse() -> bool:
        raise BackupServError("nobody can tell")

    world.program.is_running = refuse  # type: ignore[method-assign]  # of a fake
    world.state.mkdir(exist_ok=True)
    (world.state / "pins.jsonl").mkdir()
    figures = _measured(Gathering(world.engine))
    assert figures.services_running is None
    assert figures.frozen, "as `prune` sees it: it removes nothing while that cannot be read"


def test_a_copy_is_behind_by_what_this_host_remembers(world: World, tmp_path: Path, progress: Progress) -> None:
    engine = world.engine
    copy = Repository(
        storage=LocalStorage("copy", LocalSettings(kind="local", path=tmp_path / "copy")),
        sealer=engine.repository.sealer,
        clock=world.clock,
        network="TestNet",
        host="host1",
        heads=Heads(world.state / "heads.json"),
    )
    engine.copies = (copy,)
    begun = world.clock.now()
    engine.back_up(reason="test", progress=progress)
    (figures,) = _measured(Gathering(engine)).copies
    assert (figures.name, figures.behind, figures.behind_since) == ("copy", 1, begun)
    engine.sync(progress=progress)
    (figures,) = _measured(Gathering(engine)).copies
    assert (figures.behind, figures.behind_since) == (0, None)
    assert figures.attempts.good is not None
    assert figures.attempts.good.at == begun


def _listing(world: World, tmp_path: Path) -> tuple[Listing, Far]:
    far = Far(tmp_path / "repository", world.clock)
    sealer = world.engine.repository.sealer
    repository = Repository(
        storage=far,
        sealer=sealer,
        clock=world.clock,
        network="TestNet",
        host="host1",
        heads=Heads(world.state / "heads.json"),
    )
    return Listing(repository, world.clock), far


def test_a_place_is_listed_when_something_was_stored_or_after_a_while_and_not_at_every_question(
    world: World, tmp_path: Path, progress: Progress, clock: FakeClock
) -> None:
    world.engine.back_up(reason="test", progress=progress)
    listing, far = _listing(world, tmp_path)
    assert len(listing.look("a", wait=20).snapshots) == 1
    once = far.listed
    for _ in range(5):
        clock.advance(10)
        listing.look("a", wait=20)
    assert far.listed == once
    listing.look("b", wait=20)
    assert far.listed == 2 * once
    clock.advance(61)
    listing.look("b", wait=20)
    assert far.listed == 3 * once


def test_what_was_known_stays_known_while_the_place_is_away(
    world: World, tmp_path: Path, progress: Progress, clock: FakeClock
) -> None:
    world.engine.back_up(reason="test", progress=progress)
    listing, far = _listing(world, tmp_path)
    before = listing.look("a", wait=20)
    far.away = True
    clock.advance(61)
    away = listing.look("a", wait=20)
    assert not away.readable
    assert (away.snapshots, away.at) == (before.snapshots, before.at)
    far.away = False
    clock.advance(61)
    assert listing.look("a", wait=20).readable
    far.breaks = True
    clock.advance(61)
    assert not listing.look("a", wait=20).readable


def test_a_place_whose_disk_is_not_mounted_is_not_called_readable(
    world: World, tmp_path: Path, progress: Progress, clock: FakeClock
) -> None:
    """One that was never written to is: it is empty because it is new."""
    listing, _ = _listing(world, tmp_path)
    assert listing.look("new", wait=20).readable
    heads = Heads(world.state / "heads.json")
    world.engine.back_up(reason="test", progress=progress)
    heads.note("far", world.engine.snapshots()[-1], digest="d" * 64)
    clock.advance(61)
    before = listing.look("a", wait=20)
    assert before.readable
    (tmp_path / "repository").rename(tmp_path / "elsewhere")
    clock.advance(61)
    away = listing.look("a", wait=20)
    assert not away.readable
    assert away.snapshots == before.snapshots


def test_who_asks_while_the_place_does_not_answer_waits_a_moment_alone(
    world: World, tmp_path: Path, progress: Progress, clock: FakeClock
) -> None:
    world.engine.back_up(reason="test", progress=progress)
    listing, far = _listing(world, tmp_path)
    far.answers.clear()
    started = time.monotonic()
    found = listing.look("a", wait=0.05)
    assert (found.snapshots, found.at) == ((), None)
    clock.advance(61)
    assert not listing.look("a", wait=0.05).readable
    assert time.monotonic() - started < 10
    assert far.listed == 1, "one listing at a time"
    far.answers.set()
    assert listing.look("a", wait=20).readable


def test_a_place_that_takes_long_is_listed_seldom(
    world: World, tmp_path: Path, progress: Progress, clock: FakeClock
) -> None:
    world.engine.back_up(reason="test", progress=progress)
    listing, far = _listing(world, tmp_path)
    far.seconds = 10
    listing.look("a", wait=20)
    once = far.listed
    clock.advance(900)
    listing.look("a", wait=20)
    assert far.listed == once, "one hundredth of the time"
    listing.look("b", wait=20)
    assert far.listed > once, "a tenth where this host stored something"


def test_a_place_that_was_away_or_hung_is_soon_looked_at_again(
    world: World, tmp_path: Path, progress: Progress, clock: FakeClock
) -> None:
    """However long it took until it was given up: what is told of it would be old, or bad, for days."""
    world.engine.back_up(reason="test", progress=progress)
    listing, far = _listing(world, tmp_path)
    far.seconds, far.away = 40.0, True
    assert not listing.look("a", wait=20).readable
    far.away = False
    clock.advance(300)
    found = listing.look("a", wait=20)
    assert (found.readable, len(found.snapshots)) == (True, 1)
    clock.advance(86400)
    far.seconds = 86400.0
    listing.look("a", wait=20)
    far.seconds, once = 0.0, far.listed
    clock.advance(86400)
    listing.look("a", wait=20)
    assert far.listed > once


def test_what_is_wanted_is_measured_by_what_is_known_already(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="test", progress=progress)
    world.clock.advance(1800)
    figures = Gathering(world.engine, lambda: [JobFigures(name="hourly")]).figures(wait=20)
    assert [item.what for item in figures.measured] == ["services", "network"]
    assert figures.measured == world.engine.objectives()
    assert figures.measured[0].age_seconds == 1800
    assert figures.rules == {rule.name: rule.met for rule in world.engine.score().rules}
    assert figures.jobs == (JobFigures(name="hourly"),)


def test_runs_are_told_by_their_verb_whatever_they_were_done_to(world: World) -> None:
    world.state.mkdir(exist_ok=True)
    runs, now = world.engine.runs, world.clock.now()
    with runs.timed("sync", "a"):
        pass
    world.clock.advance(60)
    with runs.timed("sync", "b") as outcome:
        outcome.good = False
    sync = _measured(Gathering(world.engine)).verbs["sync"]
    assert sync.good is not None
    assert sync.last is not None
    assert (sync.good.what, sync.good.at, sync.last.what) == ("a", now, "b")
    assert sync.failing
