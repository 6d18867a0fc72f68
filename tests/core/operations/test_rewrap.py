"""Sealed anew: whoever took the old identity opens nothing of it, and everything is there for the new one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.crypto.signing import MinisignSigner, MinisignVerifier, generate_signing_key, public_of, write_signing_key
from core.domain.errors import IdentityMissing, OnlySeals, PlanBlocked
from core.domain.snapshot import Snapshot
from core.operations.rewrap import RewrapReport, rewrap
from core.operations.sync import sync
from core.repository.heads import Heads
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.repository.tree_reading import TreeReading
from core.repository.tree_writing import TreeWriting
from core.repository.writing import DeltaPolicy
from core.sources.files import FilesSettings, FilesSource
from core.storage.memory import MemoryStorage
from tests.core.repository.shelf import Shaky, add
from tests.core.repository.test_deltas import save
from tests.fakes import FakeClock, RecordingProgress


class Rotated:
    """A host whose identity was taken: saves and a tree sealed to the old one, and a new identity beside it."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.folder, self.clock = folder, clock
        old, self.old_recipient = generate_identity()
        new, self.new_recipient = generate_identity()
        for name, text in (("old.key", old), ("new.key", new), ("both.key", f"{old}\n{new}")):
            write_identity(folder / name, text)
        write_signing_key(folder / "sign.key", generate_signing_key()[0])
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.heads = Heads(folder / "heads.json")
        self.disk, self.fresh = MemoryStorage("disk"), Shaky("fresh")
        self.before = self.open(self.disk, "old.key", self.old_recipient)
        self.tree = folder / "tree"
        self.tree.mkdir()
        (self.tree / "motd").write_bytes(b"welcome\n" * 1000)

    def open(self, storage: MemoryStorage, key: str, recipient: str = "") -> Repository:
        signing = self.folder / "sign.key"
        return Repository(
            storage=storage,
            sealer=AgeSealer(recipients=[recipient or self.new_recipient], identity_file=self.folder / key),
            clock=self.clock,
            network="N",
            host="h",
            signer=MinisignSigner(signing),
            verifier=MinisignVerifier([public_of(signing)]),
            heads=self.heads,
        )

    def save(self, *numbers: int) -> list[Snapshot]:
        made = []
        for number in numbers:
            self.clock.advance(1200)
            made.append(add(self.before, save(number)))
        return made

    def save_tree(self) -> Snapshot:
        clock = FakeClock(time=datetime.now(UTC) + timedelta(minutes=1))
        settings = FilesSettings(kind="files", root=self.tree, folder="config")
        source = FilesSource(name="ircd", settings=settings, clock=clock)
        writing = TreeWriting(self.before, self.folder, source)
        return writing.add(reason="test", progress=RecordingProgress(), deltas=DeltaPolicy()).snapshot

    def rewrap(self) -> RewrapReport:
        return rewrap(
            self.open(self.disk, "both.key"),
            self.open(self.fresh, "both.key"),
            self.ledger,
            work=self.folder,
            clock=self.clock,
            progress=RecordingProgress(),
        )

    def stored(self, storage: MemoryStorage) -> dict[str, bytes]:
        return {item.key: storage.open(item.key).read() for item in storage.list("N")}


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Rotated:
    return Rotated(tmp_path, clock)


def test_the_new_identity_alone_opens_everything_and_the_old_one_nothing(host: Rotated) -> None:
    """Deltas, a tree and its increment too; ids and order are those of before, and the old place is as it was."""
    host.save(1, 2, 3)
    host.save_tree()
    (host.tree / "rules").write_bytes(b"be kind\n")
    changed = host.save_tree()
    before, old = host.stored(host.disk), host.before.snapshots()
    assert {snapshot.rank for snapshot in old} > {"full"}
    report = host.rewrap()
    assert report.is_whole
    assert host.stored(host.disk) == before
    new = host.open(host.fresh, "new.key")
    assert [(item.id, item.sequence, item.base, item.digest) for item in new.snapshots()] == [
        (item.id, item.sequence, item.base, item.digest) for item in old
    ]
    assert not new.problems
    for was, now in zip(old, new.snapshots(), strict=True):
        if was.index is None:
            assert new.content(now) == host.before.content(was)
        assert host.ledger.latest(now.id, "fresh") is not None
    moved = new.find(changed.id)
    TreeReading(new, host.folder).prove(moved)
    TreeReading(new, host.folder).restore(moved, host.folder / "back", progress=RecordingProgress())
    assert (host.folder / "back/rules").read_bytes() == b"be kind\n"
    thief = AgeSealer(recipients=[host.old_recipient], identity_file=host.folder / "old.key")
    sealed = [key for key in host.stored(host.fresh) if key.endswith(".age")]
    assert len(sealed) == 7
    for key in sealed:
        with pytest.raises(IdentityMissing), host.fresh.open(key) as file:
            thief.open(file, file)


def test_wherever_it_was_cut_another_run_goes_on(host: Rotated) -> None:
    """What a run left without its manifest gives way, what counts is not sent again, and the end is the same."""
    host.save(1, 2)
    host.save_tree()
    cuts = 0
    while True:
        host.fresh = Shaky("fresh")
        host.fresh.writes_left = cuts
        first = host.rewrap()
        assert not host.open(host.fresh, "new.key").problems
        if first.is_whole:
            break
        cuts += 1
        assert "does not answer" in first.trouble
        host.fresh.writes_left = None
        second = host.rewrap()
        assert second.is_whole
        assert second.already == len(first.sealed)
        assert len(first.sealed) + len(second.sealed) == 3
        new = host.open(host.fresh, "new.key")
        assert new.content(new.find("latest", source="services")) == save(2)
        TreeReading(new, host.folder).prove(new.catalogue("ircd").snapshots[0])
        assert not new.problems
        assert not new.orphans()
    assert cuts == 9  # FORMAT, RESTORE.txt, and seven objects


def test_damaged_ones_and_what_rests_on_them_are_named_and_left(host: Rotated) -> None:
    """The others come over, their chain has no hole, and those that are mended come with the next run."""
    first, second, third = host.save(1, 2, 3)
    host.clock.advance(86400 * 8)
    (fourth,) = host.save(4)
    assert (second.base, fourth.base) == (first.id, "")
    whole = host.disk.open(first.key).read()
    host.disk.delete(first.key)
    host.disk.put(first.key, [whole[:-1] + bytes([whole[-1] ^ 1])])
    report = host.rewrap()
    assert [snapshot.id for snapshot in report.sealed] == [fourth.id]
    left = {snapshot.id: why for snapshot, why in report.left}
    assert "not those that were written" in left[first.id]
    assert "was left" in left[second.id]
    assert third.id in left
    assert not report.is_whole
    assert not host.open(host.fresh, "new.key").problems
    host.disk.delete(first.key)
    host.disk.put(first.key, [whole])
    assert host.rewrap().is_whole
    new = host.open(host.fresh, "new.key")
    assert [new.content(item) for item in new.snapshots()] == [save(1), save(2), save(3), save(4)]
    assert not new.problems


def test_new_snapshots_follow_in_the_new_place(host: Rotated) -> None:
    """Those that came meanwhile by another run, and then those that are made there."""
    host.save(1)
    host.rewrap()
    host.save(2)
    assert len(host.rewrap().sealed) == 1
    new = host.open(host.fresh, "new.key")
    host.clock.advance(60)
    third = add(new, save(3))
    assert third.sequence == 3
    assert new.content(third) == save(3)
    new.snapshots()
    assert not new.problems


def test_the_two_chains_are_never_mixed(host: Rotated) -> None:
    """A sync into the new place stops before it writes, until that place is the repository."""
    host.save(1)
    host.rewrap()
    host.save(2)
    before = host.stored(host.fresh)
    fresh = host.open(host.fresh, "both.key")
    report = sync(host.before, fresh, host.ledger, clock=host.clock, progress=RecordingProgress())
    assert "make it the first storage" in report.trouble
    assert host.stored(host.fresh) == before


def test_a_place_that_holds_anything_else_is_refused(host: Rotated) -> None:
    """A copy as it was, what is sealed to others, the repository itself; and nothing is written."""
    host.save(1)
    sync(host.before, host.open(host.fresh, "old.key"), host.ledger, clock=host.clock, progress=RecordingProgress())
    before = host.stored(host.fresh)
    with pytest.raises(PlanBlocked, match="copies of the snapshots as they are"):
        host.rewrap()
    assert host.stored(host.fresh) == before
    host.fresh = Shaky("fresh")
    host.rewrap()
    host.new_recipient = generate_identity()[1]
    with pytest.raises(PlanBlocked, match="other recipients"):
        host.rewrap()
    itself = host.open(host.disk, "both.key")
    with pytest.raises(PlanBlocked, match="the repository itself"):
        rewrap(itself, itself, host.ledger, work=host.folder, clock=host.clock, progress=RecordingProgress())


def test_a_host_that_only_seals_says_so(host: Rotated) -> None:
    host.save(1)
    repository = host.open(host.disk, "both.key")
    repository.sealer = AgeSealer(recipients=[host.new_recipient], identity_file=None)
    target = host.open(host.fresh, "both.key")
    with pytest.raises(OnlySeals):
        rewrap(repository, target, host.ledger, work=host.folder, clock=host.clock, progress=RecordingProgress())
    assert not target.snapshots()
