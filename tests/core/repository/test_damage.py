"""Nothing spoiled is ever believed: flipped bits, cut, swapped and replayed objects, forged manifests."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from core.crypto.age import AgeSealer
from core.domain.errors import IdentityMissing, ObjectDamaged, ObjectNotFound, StorageUnavailable
from core.domain.snapshot import Snapshot
from core.repository.repository import Repository
from tests.core.repository.shelf import Shelf


def test_a_flipped_bit_anywhere_in_an_object_is_damage(shelf: Shelf) -> None:
    """Header, stanzas, payload: the message names the snapshot."""
    snapshot = shelf.add(b"content")
    sealed = shelf.read(snapshot.key)
    for place in range(len(sealed)):
        spoiled = bytearray(sealed)
        spoiled[place] ^= 1 << place % 8
        shelf.spoil(snapshot.key, bytes(spoiled))
        with pytest.raises(ObjectDamaged, match=snapshot.tail):
            shelf.repository.verify(snapshot, 1)
        with pytest.raises(ObjectDamaged, match=snapshot.tail):
            shelf.repository.verify(snapshot, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sealed: sealed[:-1], "shorter"),
        (lambda sealed: sealed[:0], "shorter"),
        (lambda sealed: sealed[:100], "shorter"),
        (lambda sealed: sealed + b"x", "longer"),
    ],
)
def test_a_cut_or_grown_object_is_damage(shelf: Shelf, change: Callable[[bytes], bytes], says: str) -> None:
    """Told apart from one that is not there."""
    snapshot = shelf.add(b"content")
    shelf.spoil(snapshot.key, change(shelf.read(snapshot.key)))
    with pytest.raises(ObjectDamaged, match=says):
        shelf.repository.content(snapshot)
    shelf.storage.delete(snapshot.key)
    with pytest.raises(ObjectNotFound):
        shelf.repository.content(snapshot)


def test_a_flipped_bit_anywhere_in_a_manifest_is_told_and_hides_nothing_else(shelf: Shelf) -> None:
    """Even in a word that only people read. The manifest is named."""
    first, second, third = shelf.add(b"1"), shelf.add(b"2"), shelf.add(b"3")
    key = shelf.manifest_key(second)
    content = shelf.read(key)
    for place in range(len(content)):
        spoiled = bytearray(content)
        spoiled[place] ^= 1 << place % 8
        shelf.spoil(key, bytes(spoiled))
        assert shelf.repository.snapshots() == (first, third), place
        (problem,) = shelf.repository.problems
        assert key in problem


def test_two_swapped_objects_are_noticed(shelf: Shelf) -> None:
    """Both are well sealed, to us, by us: and each is in the wrong place."""
    first, second = shelf.add(b"1"), shelf.add(b"2")
    one, two = shelf.read(first.key), shelf.read(second.key)
    shelf.spoil(first.key, two)
    shelf.spoil(second.key, one)
    for snapshot in (first, second):
        with pytest.raises(ObjectDamaged):
            shelf.repository.verify(snapshot, 1)


def test_a_manifest_under_another_name_is_refused(shelf: Shelf) -> None:
    """An old one replayed as the newest, or moved to another source, speaks of another snapshot than its own."""
    first, second = shelf.add(b"1"), shelf.add(b"2")
    shelf.spoil(shelf.manifest_key(second), shelf.read(shelf.manifest_key(first)))
    shelf.storage.put(f"N/h/manifests/other/{first.id}.json", [shelf.read(shelf.manifest_key(first))])
    assert shelf.repository.snapshots() == (first,)
    assert all("another snapshot" in problem for problem in shelf.repository.problems)
    assert len(shelf.repository.problems) == 2


def test_a_snapshot_that_is_gone_from_the_middle_is_missed(shelf: Shelf) -> None:
    """Its successor names it. What was before the oldest may be gone."""
    first, second, third = shelf.add(b"1"), shelf.add(b"2"), shelf.add(b"3")
    shelf.storage.delete(shelf.manifest_key(second))
    assert shelf.repository.snapshots() == (first, third)
    assert shelf.repository.problems == (f"snapshot {third.tail} of services follows one that is gone or was replaced",)
    shelf.storage.delete(shelf.manifest_key(first))
    assert shelf.repository.snapshots() == (third,)
    assert not shelf.repository.problems


def test_the_number_of_an_unreadable_newest_is_not_given_again(shelf: Shelf) -> None:
    """When it can be read again, the order is still right."""
    first, second = shelf.add(b"1"), shelf.add(b"2")
    whole = shelf.read(shelf.manifest_key(second))
    shelf.spoil(shelf.manifest_key(second), b"spoiled")
    third = shelf.add(b"3")
    assert third.sequence == 3
    shelf.spoil(shelf.manifest_key(second), whole)
    assert shelf.repository.snapshots() == (first, second, third)
    assert shelf.repository.problems == ()


def test_damage_and_a_missing_identity_are_two_things(shelf: Shelf) -> None:
    """A host that cannot open still proves the stored bytes, and says which of the two it is."""
    snapshot = shelf.add()
    sealing = AgeSealer(recipients=shelf.sealer.recipients, identity_file=None)
    host = Repository(storage=shelf.storage, sealer=sealing, clock=shelf.clock, network="N", host="h")
    host.verify(snapshot, 1)
    with pytest.raises(IdentityMissing):
        host.verify(snapshot, 2)
    shelf.spoil(snapshot.key, b"x" * snapshot.stored_size)
    with pytest.raises(ObjectDamaged):
        host.verify(snapshot, 2)


# --- forgeries -------------------------------------------------------------------------------


def forge(shelf: Shelf, snapshot: Snapshot, **changes: object) -> None:
    """A manifest with other fields and a checksum that fits: what somebody with access to the storage can do."""
    fields = json.loads(shelf.read(shelf.manifest_key(snapshot))) | changes
    del fields["checksum"]
    body = (json.dumps(fields, indent=1, sort_keys=True) + "\n").encode()
    line = f' "checksum": "{sha256(body).hexdigest()}",\n'.encode()
    shelf.spoil(shelf.manifest_key(snapshot), body[:2] + line + body[2:])


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "N/h/databases/other/x-full.db.zst.age"},
        {"key": "../../etc/passwd"},
        {"extension": "db.zst.age/../../x"},
        {"source": "../services"},
        {"source": "other"},
        {"kind": "unheard-of"},
        {"id": "20261123T140500Z-zzzzzz"},
        {"sequence": -1},
        {"sequence": True},
        {"sequence": 10**30},
        {"size": 1 << 60},
        {"stored_size": "7"},
        {"taken_at": "2026-11-23T09:30:00"},
        {"taken_at": "0001-01-01T00:00:00+14:00"},
        {"taken_at": 7},
        {"counts": []},
        {"counts": {"accounts": "7"}},
        {"recipients": [7]},
        {"compression": "pickle"},
        {"format": 3},
        {"rank": "minute"},
        {"rank": "save"},
        {"base": "20261123T140500Z-zzzzzz"},
        {"format": "1"},
        {"digest": None},
    ],
    ids=str,
)
def test_a_forged_field_makes_no_snapshot(shelf: Shelf, changes: dict[str, object]) -> None:
    """No path, no huge number, no other kind of value gets past the manifest; the good ones stay."""
    good, bad = shelf.add(b"1"), shelf.add(b"2")
    forge(shelf, bad, **changes)
    assert shelf.repository.snapshots() == (good,)
    assert len(shelf.repository.problems) == 1


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"7", b"\xff", b"[" * 100_000, b"{" * 5000, b" " * (1 << 21)])
def test_what_is_no_manifest_at_all_makes_no_snapshot(shelf: Shelf, content: bytes) -> None:
    """Empty, nested without end, a megabyte too long."""
    good, bad = shelf.add(b"1"), shelf.add(b"2")
    shelf.spoil(shelf.manifest_key(bad), content)
    assert shelf.repository.snapshots() == (good,)
    assert len(shelf.repository.problems) == 1


def test_a_manifest_that_promises_too_little_or_too_much_is_found_out(shelf: Shelf) -> None:
    """No more is unpacked than was promised, and no memory is asked for on its word."""
    snapshot = shelf.add(b"0" * (64 << 20))  # 64 MB in a few kilobytes
    for size in (1000, (64 << 20) - 1, 1 << 49):
        forge(shelf, snapshot, size=size)
        (forged,) = shelf.repository.snapshots()
        with pytest.raises(ObjectDamaged, match=r"more than|fewer than"):
            shelf.repository.content(forged)
    forge(shelf, snapshot, stored_size=1 << 49)
    with pytest.raises(ObjectDamaged, match="shorter"):
        shelf.repository.content(shelf.repository.snapshots()[0])


def test_fields_of_later_versions_are_no_trouble(shelf: Shelf) -> None:
    """What this version does not know it does not read."""
    snapshot = shelf.add()
    forge(shelf, snapshot, colour="blue", wishes=None)
    assert shelf.repository.snapshots() == (snapshot,)


def test_a_repository_of_a_newer_format_is_not_written_to(shelf: Shelf) -> None:
    """Its FORMAT file says so; nothing is put beside what a newer version wrote."""
    shelf.storage.put("N/h/FORMAT", [b"BackupServ repository, format 2\n"])
    with pytest.raises(StorageUnavailable, match="does not say format 1"):
        shelf.add()
    assert [item.key for item in shelf.storage.list()] == ["N/h/FORMAT"]
