"""Trees in a repository: each snapshot comes back as the tree was, and what is damaged or missing is named."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer
from core.domain.errors import IdentityMissing, ObjectDamaged, ObjectNotFound
from core.domain.snapshot import Snapshot
from core.repository.bases import Bases
from core.repository.repository import Repository
from core.repository.tree_reading import TreeReading
from core.repository.tree_writing import TreeSnapshot, TreeWriting
from core.repository.writing import DeltaPolicy
from core.sources.files import FilesSettings, FilesSource
from core.storage.memory import MemoryStorage
from tests.fakes import FakeClock, RecordingProgress

# A Monday, long after any time that the system gives a file now: so its times are believed.
LATER = datetime(2040, 1, 2, tzinfo=UTC)


class Garden:
    """A living tree, and the repository that remembers it."""

    def __init__(self, folder: Path, sealer: AgeSealer, clock: FakeClock) -> None:
        self.root, self.work = folder / "garden", folder / "work"
        self.root.mkdir()
        self.work.mkdir(mode=0o700)
        self.storage = MemoryStorage()
        self.clock = clock
        self.sealer = sealer
        self.repository = self.open(sealer, Bases(folder / "bases"))
        self.minutes = 0

    def open(self, sealer: AgeSealer, bases: Bases | None = None) -> Repository:
        return Repository(storage=self.storage, sealer=sealer, clock=self.clock, network="N", host="h", bases=bases)

    def write(self, name: str, content: str) -> None:
        """A file that was touched long ago, so that its times are believed."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        self.minutes += 1
        os.utime(path, (1_700_000_000 + self.minutes,) * 2)

    def add(self, repository: Repository | None = None, *, minutes: int = 0, full: bool = False) -> TreeSnapshot:
        self.clock.time = LATER + timedelta(minutes=minutes)
        settings = FilesSettings(kind="files", folder="config", root=self.root)
        source = FilesSource(name="config", settings=settings, clock=self.clock)
        writing = TreeWriting(repository or self.repository, self.work, source)
        return writing.add(reason="test", progress=RecordingProgress(), deltas=DeltaPolicy(full=full))

    def back(self, snapshot: Snapshot, target: Path) -> dict[str, str]:
        TreeReading(self.repository, self.work).restore(snapshot, target, progress=RecordingProgress())
        return {str(path.relative_to(target)): path.read_text() for path in target.rglob("*") if path.is_file()}

    def files(self) -> dict[str, str]:
        return {str(path.relative_to(self.root)): path.read_text() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def garden(tmp_path: Path, sealer: AgeSealer, clock: FakeClock) -> Garden:
    garden = Garden(tmp_path, sealer, clock)
    for number in range(20):
        garden.write(f"conf/{number}.conf", f"option {number}\n" * 500)
    return garden


def test_every_snapshot_of_a_chain_comes_back_as_the_tree_was(garden: Garden, tmp_path: Path) -> None:
    """A full, and what was changed, grown, moved and removed since; nothing stays in the work folder."""
    changes: list[Callable[[], object]] = [
        lambda: garden.write("conf/1.conf", "other\n"),
        lambda: garden.write("new.conf", "new\n"),
        lambda: (garden.root / "conf/2.conf").rename(garden.root / "conf/moved.conf"),
        (garden.root / "conf/3.conf").unlink,
        lambda: garden.write("conf/4.conf", "option 4\n" * 501),
    ]
    made, trees = [garden.add().snapshot], [garden.files()]
    for number, change in enumerate(changes, start=1):
        change()
        made.append(garden.add(minutes=7 * number).snapshot)
        trees.append(garden.files())
    assert made[0].rank == "full"
    assert all(snapshot.base for snapshot in made[1:])
    assert all(snapshot.stored_size < 1500 for snapshot in made[1:])
    assert garden.repository.snapshots() == tuple(made)
    assert not garden.repository.problems
    for number, (snapshot, tree) in enumerate(zip(made, trees, strict=True)):
        assert garden.back(snapshot, tmp_path / f"back{number}") == tree
        TreeReading(garden.repository, garden.work).prove(snapshot)
    assert list(garden.work.iterdir()) == []


def test_an_untouched_tree_is_no_new_snapshot_and_a_full_one_is_when_it_is_asked_for(garden: Garden) -> None:
    first = garden.add()
    again = garden.add(minutes=5)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.snapshot == first.snapshot
    asked = garden.add(minutes=10, full=True)
    assert (asked.is_new, asked.snapshot.rank) == (True, "full")


def test_a_host_that_only_seals_makes_increments_from_what_it_kept(garden: Garden, tmp_path: Path) -> None:
    """Without its memory it makes a full; it opens nothing."""
    sealing = AgeSealer(recipients=garden.sealer.recipients, identity_file=None)
    host = garden.open(sealing, Bases(tmp_path / "bases"))
    garden.add(host)
    garden.write("new.conf", "new\n")
    second = garden.add(host, minutes=5).snapshot
    assert second.base
    assert garden.back(second, tmp_path / "back") == garden.files()
    with pytest.raises(IdentityMissing):
        TreeReading(host, garden.work).prove(second)
    garden.write("newer.conf", "newer\n")
    forgetful = garden.open(sealing)
    assert garden.add(forgetful, minutes=6).snapshot.rank == "full"


@pytest.mark.parametrize("which", ["tar", "index"])
def test_a_flipped_bit_in_either_object_is_named(garden: Garden, which: str) -> None:
    """By level 1 already, which opens nothing."""
    snapshot = garden.add().snapshot
    assert snapshot.index is not None
    key = snapshot.key if which == "tar" else snapshot.index.key
    spoiled = bytearray(garden.storage.open(key).read())
    spoiled[len(spoiled) // 2] ^= 1
    garden.storage.delete(key)
    garden.storage.put(key, [bytes(spoiled)])
    with pytest.raises(ObjectDamaged, match=snapshot.tail):
        garden.repository.verify(snapshot, 1)
    with pytest.raises(ObjectDamaged, match=snapshot.tail):
        TreeReading(garden.repository, garden.work).prove(snapshot)
    garden.storage.delete(key)
    with pytest.raises(ObjectNotFound):
        garden.repository.verify(snapshot, 1)


def test_a_damaged_base_is_damage_of_what_stands_on_it_and_nothing_half_comes_back(
    garden: Garden, tmp_path: Path
) -> None:
    full = garden.add().snapshot
    garden.write("new.conf", "new\n")
    second = garden.add(minutes=5).snapshot
    garden.storage.delete(full.key)
    garden.storage.put(full.key, [b"x" * full.stored_size])
    garden.repository.verify(second, 1)
    with pytest.raises(ObjectDamaged, match=full.tail):
        garden.back(second, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert list(garden.work.iterdir()) == []
