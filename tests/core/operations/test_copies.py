"""Copies: they lack nothing for long, nothing is deleted there, and what they hold is proven there."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.errors import StorageUnavailable
from core.domain.snapshot import Snapshot
from core.operations.sync import SyncReport, lag, sync
from core.operations.verify import Prover
from core.repository.heads import Heads
from core.repository.ledger import Ledger
from core.repository.pushing import lacking
from core.repository.repository import Repository
from core.storage.memory import MemoryStorage
from tests.core.repository.shelf import Shaky, add
from tests.core.repository.test_deltas import save
from tests.fakes import FakeClock, RecordingProgress


class Two:
    """A repository on disk and its copy far away."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        identity, recipient = generate_identity()
        write_identity(folder / "host.key", identity)
        self.sealer = AgeSealer(recipients=[recipient], identity_file=folder / "host.key")
        self.clock = clock
        self.heads = Heads(folder / "heads.json")
        self.disk = self.open(MemoryStorage("disk"))
        self.far = Shaky("far")
        self.copy = self.open(self.far)
        self.ledger = Ledger(folder / "ledger.jsonl")

    def open(self, storage: MemoryStorage) -> Repository:
        return Repository(
            storage=storage, sealer=self.sealer, clock=self.clock, network="N", host="h", heads=self.heads
        )

    def save(self, *numbers: int) -> list[Snapshot]:
        made = []
        for number in numbers:
            self.clock.advance(1200)
            made.append(add(self.disk, save(number)))
        return made

    def sync(self) -> SyncReport:
        return sync(self.disk, self.copy, self.ledger, clock=self.clock, progress=RecordingProgress())

    def prune_disk(self, *snapshots: Snapshot, left: Iterable[Snapshot]) -> None:
        self.disk.write_roll("services", [snapshot.id for snapshot in left])
        for snapshot in snapshots:
            self.disk.storage.delete(f"N/h/manifests/services/{snapshot.id}.json")
            self.disk.storage.delete(snapshot.key)


@pytest.fixture
def two(tmp_path: Path, clock: FakeClock) -> Two:
    return Two(tmp_path, clock)


def test_a_copy_gets_what_it_lacks_and_opens_alone(two: Two) -> None:
    """The same keys, the same bytes; each is proven there; RESTORE.txt and FORMAT too."""
    made = two.save(1, 2, 3, 4)
    report = two.sync()
    assert (report.pushed, report.behind, report.trouble) == (tuple(made), 0, "")
    assert two.copy.snapshots() == tuple(made)
    assert not two.copy.problems
    assert [two.copy.content(snapshot) for snapshot in made] == [save(number) for number in (1, 2, 3, 4)]
    assert {item.key for item in two.far.list()} == {item.key for item in two.disk.storage.list()}
    proof = two.ledger.latest(made[0].id, "far")
    assert proof is not None
    assert proof.verdict == "proven"
    assert str(two.sync()) == "far is up to date"


@pytest.mark.parametrize("writes", range(9))
def test_an_outage_at_any_write_loses_nothing_and_ends_by_itself(two: Two, writes: int) -> None:
    """Three snapshots are two writes each and two files beside them. Nothing half counts; the next run goes on."""
    made = two.save(1, 2, 3)
    two.far.writes_left = writes
    report = two.sync()
    done = len(report.pushed)
    assert two.copy.snapshots() == tuple(made[:done])
    if report.trouble:
        assert report.behind == 3 - done
        assert "far does not answer" in str(report)
        assert "far" in lag(two.disk.snapshots(), two.copy, two.clock.now())
    two.far.writes_left = None
    assert two.sync().pushed == tuple(made[done:])
    assert two.copy.snapshots() == tuple(made)
    assert lag(two.disk.snapshots(), two.copy, two.clock.now()) == "far up to date"


def test_a_copy_that_is_behind_says_by_how_much_without_being_asked(two: Two) -> None:
    assert lag(two.disk.snapshots(), two.copy, two.clock.now()) == "far up to date"
    two.save(1)
    assert lag(two.disk.snapshots(), two.copy, two.clock.now()) == "far never reached"
    two.sync()
    two.save(2, 3)
    two.clock.advance(timedelta(hours=4).total_seconds() - 1200)
    assert lag(two.disk.snapshots(), two.copy, two.clock.now()) == "far behind by 4h (2 snapshots)"


def test_a_copy_that_lacks_nothing_is_not_called_behind(two: Two, tmp_path: Path) -> None:
    """A run that was killed before it remembered what it had brought; or a host that has lost its memory."""
    two.save(1, 2)
    two.sync()
    (tmp_path / "heads.json").unlink()
    assert lag(two.disk.snapshots(), two.copy, two.clock.now()) == "far never reached"
    assert not two.sync().trouble
    assert lag(two.disk.snapshots(), two.copy, two.clock.now()) == "far up to date"
    assert not two.copy.problems


def test_another_newest_in_the_copy_is_not_taken_for_ours(two: Two, tmp_path: Path) -> None:
    """Somebody put his own manifest in its place while this host remembered nothing."""
    first, second = two.save(1, 2)
    two.sync()
    (tmp_path / "heads.json").unlink()
    key = f"N/h/manifests/services/{second.id}.json"
    two.far.delete(key)
    two.far.put(key, [b"{}"])
    assert second.tail in two.sync().trouble
    assert two.copy.snapshots() == (first,)


def test_what_is_deleted_here_stays_there(two: Two) -> None:
    """Pruned by right or taken by somebody: a copy never follows."""
    first, second, third = two.save(1, 2, 3)
    two.sync()
    two.prune_disk(second, left=[first, third])
    two.disk.storage.delete(f"N/h/manifests/services/{third.id}.json")
    two.sync()
    assert two.copy.snapshots() == (first, second, third)


def test_a_hole_that_pruning_made_here_is_none_there(two: Two) -> None:
    """What was pruned before it was copied: the roll goes along."""
    first, second, third, fourth = two.save(1, 2, 3, 4)
    two.prune_disk(third, left=[first, second, fourth])
    two.sync()
    assert two.copy.snapshots() == (first, second, fourth)
    assert not two.copy.problems


def test_what_a_copy_pruned_by_its_own_policy_is_not_brought_back(two: Two) -> None:
    first, second, third = two.save(1, 2, 3)
    two.sync()
    two.copy.write_roll("services", [first.id, third.id])
    two.far.delete(f"N/h/manifests/services/{second.id}.json")
    two.far.delete(second.key)
    (fourth,) = two.save(4)
    assert lacking(two.disk, two.copy) == (fourth,)
    assert two.sync().pushed == (fourth,)


def test_what_a_thief_took_from_a_copy_comes_back(two: Two) -> None:
    """No pruning of the copy left it out."""
    first, second = two.save(1, 2)
    two.sync()
    two.far.delete(f"N/h/manifests/services/{first.id}.json")
    assert two.sync().pushed == (first,)
    assert two.copy.snapshots() == (first, second)


def test_other_bytes_in_the_copy_are_told_and_never_counted(two: Two) -> None:
    """Somebody put something under the key before us."""
    (snapshot,) = two.save(1)
    two.far.put(snapshot.key, [b"junk"])
    report = two.sync()
    assert snapshot.tail in report.trouble
    assert two.copy.snapshots() == ()


def test_damage_in_the_repository_is_not_copied(two: Two) -> None:
    first, second = two.save(1, 2)
    two.disk.storage.delete(first.key)
    two.disk.storage.put(first.key, [b"x" * first.stored_size])
    report = two.sync()
    assert report.pushed == ()
    assert first.tail in report.trouble
    assert two.copy.snapshots() == ()
    assert second.tail


# --- proving -----------------------------------------------------------------------------------


def prover(two: Two, repository: Repository) -> Prover:
    return Prover(repository=repository, sources={}, ledger=two.ledger, clock=two.clock)


def test_each_place_has_its_own_verdict(two: Two) -> None:
    """A rotten object in the copy says nothing of the repository."""
    (snapshot,) = two.save(1)
    two.sync()
    two.far.delete(snapshot.key)
    two.far.put(snapshot.key, [b"x" * snapshot.stored_size])
    for repository in (two.disk, two.copy):
        prover(two, repository).prove(snapshot, 2, RecordingProgress())
    verdicts = {name: two.ledger.latest(snapshot.id, name) for name in ("disk", "far")}
    assert {name: proof.verdict for name, proof in verdicts.items() if proof} == {"disk": "proven", "far": "damaged"}


def test_a_share_a_day_proves_everything_within_the_days(two: Two) -> None:
    """The longest unproven first; that it was written well is no proof of today."""
    made = two.save(*range(10))
    seen: list[str] = []
    for _ in range(4):
        two.clock.advance(86_400)
        share = prover(two, two.disk).share(made, 4)
        assert len(share) == 3
        seen += [report.snapshot.id for report in prover(two, two.disk).prove_all(share, 2, RecordingProgress())]
    assert set(seen) == {snapshot.id for snapshot in made}
    assert seen[:9] == [snapshot.id for snapshot in made[:9]]
    assert set(seen[9:]) == {made[number].id for number in (9, 0, 1)}


def test_what_cannot_be_reached_is_not_called_damaged(two: Two) -> None:
    (snapshot,) = two.save(1)

    class Silent(MemoryStorage):
        def open(self, key: str) -> object:  # type: ignore[override]  # it never returns
            raise StorageUnavailable(f"{key} cannot be read now")

    report = prover(two, two.open(Silent("silent"))).prove(snapshot, 3, RecordingProgress())
    assert (report.verdict, report.level) == ("unchecked", 0)
