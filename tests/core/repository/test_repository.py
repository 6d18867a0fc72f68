"""Snapshots over a storage: the manifest makes them, and nothing spoiled is ever believed."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.crypto.age import AgeSealer
from core.domain.errors import (
    ObjectDamaged,
    SnapshotNotFound,
    StorageFull,
    StorageUnavailable,
)
from core.domain.snapshot import Snapshot
from core.repository.repository import Repository
from core.storage.memory import MemoryStorage
from tests.core.repository.shelf import SAVED_AT, Shelf, add, capture
from tests.fakes import FakeClock, RecordingProgress


def test_a_snapshot_says_what_was_saved_and_opens_to_it(shelf: Shelf) -> None:
    """Every field of it is true, and the same after it was read back."""
    snapshot = shelf.repository.add(
        capture(b"content", accounts=7, channels=0), source="services", kind="atheme", reason="asked by alice",
        progress=RecordingProgress(),
    )  # fmt: skip
    sealed = shelf.read(snapshot.key)
    assert snapshot == Snapshot(
        id=snapshot.id,
        source="services",
        kind="atheme",
        taken_at=shelf.clock.now(),
        saved_at=SAVED_AT,
        sequence=1,
        predecessor="",
        size=7,
        digest=sha256(b"content").hexdigest(),
        key=f"N/h/databases/services/{snapshot.id}-full.db.zst.age",
        stored_size=len(sealed),
        stored_digest=sha256(sealed).hexdigest(),
        reason="asked by alice",
        counts={"accounts": 7, "channels": 0},
    )
    assert snapshot.id.startswith("20261123T093000Z-")
    assert shelf.repository.snapshots() == (snapshot,)
    assert shelf.repository.content(snapshot) == b"content"
    shelf.repository.verify(snapshot, 1)
    shelf.repository.verify(snapshot, 2)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=2000) | st.integers(0, 3).map(lambda n: b"row\n" * (n << 20)))
def test_whatever_is_saved_comes_back(shelf: Shelf, content: bytes) -> None:
    """Empty, random, many frames long."""
    assert shelf.repository.content(shelf.add(content)) == content


def test_nothing_plain_reaches_the_storage(shelf: Shelf) -> None:
    """No name, no host, no password hash: in no object at all."""
    shelf.add(b"MU AAAAAAAAB alice $argon2id$secret alice@example.test\n" * 50)
    for item in shelf.storage.list():
        content = shelf.read(item.key)
        assert b"argon2id" not in content
        assert b"example.test" not in content


def test_snapshots_are_chained_by_their_manifests(shelf: Shelf) -> None:
    """Each source by itself: 1, 2, 3 …, each naming the digest of the manifest before."""
    first, other, second = shelf.add(b"1"), shelf.add(b"x", "second"), shelf.add(b"2")
    assert [first.sequence, second.sequence, other.sequence] == [1, 2, 1]
    assert first.predecessor == other.predecessor == ""
    assert second.predecessor == sha256(shelf.read(shelf.manifest_key(first))).hexdigest()
    assert shelf.repository.snapshots() == (other, first, second)
    assert shelf.repository.snapshots("services") == (first, second)
    assert shelf.repository.problems == ()


def test_order_is_by_sequence_when_the_clock_steps_back(shelf: Shelf) -> None:
    """Times only help people."""
    first = shelf.add(b"1")
    shelf.clock.advance(-86_400)
    second = shelf.add(b"2")
    assert second.taken_at < first.taken_at
    assert shelf.repository.snapshots() == (first, second)
    assert shelf.repository.find("latest") == second


# --- finding ---------------------------------------------------------------------------------


def test_a_snapshot_is_found_by_id_tail_or_as_the_latest(shelf: Shelf) -> None:
    """In any case of letters."""
    first, second = shelf.add(b"1"), shelf.add(b"2")
    assert shelf.repository.find(first.id) == first
    assert shelf.repository.find(first.id.upper()) == first
    assert shelf.repository.find(first.tail.upper()) == first
    assert shelf.repository.find("LATEST") == second
    shelf.clock.advance(-3600)
    other = shelf.add(b"x", "zz")
    assert shelf.repository.find("latest") == second  # of several sources: the newest of all
    assert shelf.repository.find("latest", source="zz") == other


def test_what_is_not_found_names_what_is_near(shelf: Shelf) -> None:
    """A typo leads to the id that was meant; an empty repository says how to begin."""
    with pytest.raises(SnapshotNotFound, match="no snapshot yet"):
        shelf.repository.find("latest")
    snapshot = shelf.add()
    typo = snapshot.tail[:-1] + ("2" if snapshot.tail[-1] != "2" else "3")
    with pytest.raises(SnapshotNotFound) as caught:
        shelf.repository.find(typo)
    assert caught.value.hint == f"near: {snapshot.tail}"
    with pytest.raises(SnapshotNotFound) as caught:
        shelf.repository.find("!!!!")
    assert caught.value.hint == f"the newest is {snapshot.tail}"


def test_a_moment_is_answered_by_what_was_taken_by_then(shelf: Shelf) -> None:
    """Never by something newer; before the first, the first is named."""
    first, second = shelf.add(b"1"), shelf.add(b"2")
    assert shelf.repository.at(second.taken_at, source="services") == second
    assert shelf.repository.at(second.taken_at - timedelta(seconds=1), source="services") == first
    with pytest.raises(SnapshotNotFound) as caught:
        shelf.repository.at(first.taken_at - timedelta(seconds=1), source="services")
    assert first.tail in caught.value.hint
    with pytest.raises(SnapshotNotFound):
        shelf.repository.at(second.taken_at, source="nothing")


def test_a_snapshot_whose_manifest_is_spoiled_is_not_said_to_be_missing(shelf: Shelf) -> None:
    """Asked for by id, the answer is what is wrong with it."""
    snapshot = shelf.add()
    shelf.spoil(shelf.manifest_key(snapshot), b"{")
    for reference in (snapshot.tail, "latest"):
        with pytest.raises(SnapshotNotFound, match="cannot be read") as caught:
            shelf.repository.find(reference)
        assert snapshot.tail in caught.value.hint


# --- storages that fail ----------------------------------------------------------------------


class FailingStorage(MemoryStorage):
    """Memory that refuses to write or to read certain keys, or keeps other bytes than it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.refuse_put = self.refuse_open = self.forget = ""

    def put(self, key: str, content: Iterable[bytes]) -> None:
        if self.refuse_put and self.refuse_put in key:
            raise StorageFull("no space")
        whole = b"".join(content)
        super().put(key, [whole[:-1] if self.forget and self.forget in key else whole])

    def open(self, key: str) -> BinaryIO:
        if self.refuse_open and self.refuse_open in key:
            raise StorageUnavailable(f"{key} cannot be read")
        return super().open(key)


@pytest.fixture
def failing(sealer: AgeSealer, clock: FakeClock) -> Shelf:
    storage = FailingStorage()
    return Shelf(Repository(storage=storage, sealer=sealer, clock=clock, network="N", host="h"), storage, sealer, clock)


@pytest.mark.parametrize("where", ["FORMAT", "databases", "manifests"])
def test_a_write_that_fails_makes_no_snapshot(failing: Shelf, where: str) -> None:
    """Wherever it fails; the next one succeeds."""
    storage = failing.storage
    assert isinstance(storage, FailingStorage)
    storage.refuse_put = where
    with pytest.raises(StorageFull):
        failing.add(b"1")
    assert failing.repository.snapshots() == ()
    storage.refuse_put = ""
    snapshot = failing.add(b"2")
    assert failing.repository.snapshots() == (snapshot,)


def test_a_storage_that_keeps_other_bytes_is_found_out_before_it_counts(failing: Shelf) -> None:
    """What was written is read back; the manifest is not written."""
    storage = failing.storage
    assert isinstance(storage, FailingStorage)
    storage.forget = "databases"
    with pytest.raises(ObjectDamaged, match="shorter"):
        failing.add(b"1")
    assert failing.repository.snapshots() == ()


def test_one_unreadable_manifest_hides_nothing_and_none_readable_is_no_empty_repository(failing: Shelf) -> None:
    """The difference between "there is nothing" and "nothing can be said"."""
    storage = failing.storage
    assert isinstance(storage, FailingStorage)
    first, second = failing.add(b"1"), failing.add(b"2")
    storage.refuse_open = f"{first.id}.json"
    assert failing.repository.snapshots() == (second,)
    assert len(failing.repository.problems) == 1
    storage.refuse_open = ".json"
    with pytest.raises(StorageUnavailable):
        failing.repository.snapshots()


# --- after a crash ---------------------------------------------------------------------------


def test_sealed_objects_without_a_manifest_are_told_after_an_hour(shelf: Shelf) -> None:
    """Not before, since a backup may be at work; a spoiled manifest still speaks of its object; nothing is deleted."""
    crashed, spoiled, good = shelf.add(b"1"), shelf.add(b"2"), shelf.add(b"3")
    shelf.storage.delete(shelf.manifest_key(crashed))
    shelf.spoil(shelf.manifest_key(spoiled), b"x")
    assert shelf.repository.orphans() == ()
    shelf.clock.advance(3601)
    assert shelf.repository.orphans() == (crashed.key,)
    assert shelf.repository.sweep() == ()
    assert shelf.read(crashed.key)
    assert shelf.repository.snapshots() == (good,)


def test_two_hosts_share_a_storage(shelf: Shelf) -> None:
    """Neither sees the other's snapshots."""
    mine = shelf.add(b"1")
    other = Repository(storage=shelf.storage, sealer=shelf.sealer, clock=shelf.clock, network="N", host="h2")
    theirs = add(other, b"2")
    assert shelf.repository.snapshots() == (mine,)
    assert other.snapshots() == (theirs,)
    assert theirs.sequence == 1


def test_what_it_does_is_told_as_it_goes(disk: Repository) -> None:
    """For the people who wait."""
    progress = RecordingProgress()
    disk.add(capture(b"x" * 5000), source="services", kind="atheme", reason="", progress=progress)
    assert progress.steps[0] == "sealing 5.0 kB"
    assert progress.steps[1].endswith("B on disk")
