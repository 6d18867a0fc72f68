"""What others do to a bucket: they delete, replace, and are refused by locks. Both real servers."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.errors import ObjectExists, ObjectNotFound, ObjectRetained, StorageUnavailable
from core.storage.s3.storage import S3Storage
from tests.contracts.storage_contract import keys, read
from tests.fakes import FakeClock
from tests.lab.s3.fixture import Shop

PART = 5 << 20


def full_key(storage: S3Storage, key: str) -> str:
    return storage._bucket.folder + key


def held(shop: Shop, storage: S3Storage, key: str) -> tuple[str, datetime]:
    """The lock of a key's only version, as anybody can read it."""
    (version,) = shop.client.list_object_versions(Bucket=shop.bucket, Prefix=full_key(storage, key))["Versions"]
    words = {"Bucket": shop.bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
    told = shop.client.get_object_retention(**words)["Retention"]
    return told["Mode"], told["RetainUntilDate"]


@pytest.mark.parametrize("mode", ["governance", "compliance"])
@pytest.mark.parametrize("size", [1000, PART + 1000], ids=["whole", "in parts"])
def test_what_is_stored_is_locked_until_the_day(locking: Shop, mode: str, size: int) -> None:
    """Also where a server forgets the lock of an upload in parts; and deleting it is a state, no fault."""
    storage = locking.storage(lock={"mode": mode, "days": 2})
    before = datetime.now(UTC)
    storage.put("a/one", [b"x" * size])
    locked, until = held(locking, storage, "a/one")
    assert locked == mode.upper()
    assert timedelta(days=2) <= until - before < timedelta(days=2, minutes=1)
    assert storage.locked_until("a/one") == until
    with pytest.raises(ObjectRetained, match=rf"a/one on shop is locked until {until:%Y-%m-%d %H:%M} UTC \({mode}\)"):
        storage.delete("a/one")
    assert keys(storage) == ["a/one"]
    assert len(read(storage, "a/one")) == size
    assert storage.remarks() == ()


def test_a_lock_that_has_run_out_holds_nothing(locking: Shop) -> None:
    """The object is there until then, and can be removed for good afterwards: nothing is left of it."""
    clock = FakeClock(time=datetime.now(UTC) - timedelta(days=1) + timedelta(seconds=3))
    storage = locking.storage(lock={"mode": "compliance", "days": 1}, clock=clock)
    storage.put("a", [b"x"])
    _, until = held(locking, storage, "a")
    clock.time = datetime.now(UTC)
    with pytest.raises(ObjectRetained):
        storage.delete("a")
    while datetime.now(UTC) <= until:  # the server's clock is this machine's
        pass
    clock.time = datetime.now(UTC)
    assert storage.locked_until("a") is None
    storage.delete("a")
    left = locking.client.list_object_versions(Bucket=locking.bucket, Prefix=full_key(storage, "a"))
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


def test_what_somebody_deleted_is_still_listed_and_read_and_remarked_on(locking: Shop) -> None:
    """A mark on top takes nothing away; and the key is as taken as before."""
    storage = locking.storage()
    for key in ("a/one", "a/two", "b"):
        storage.put(key, [key.encode()])
    for key in ("a/one", "b"):
        locking.client.delete_object(Bucket=locking.bucket, Key=full_key(storage, key))
    assert keys(storage) == ["a/one", "a/two", "b"]
    assert read(storage, "a/one") == b"a/one"
    assert storage.remarks() == ("2 objects on shop were deleted by somebody and are still there beneath: a/one, b",)
    with pytest.raises(ObjectExists):
        storage.put("b", [b"again"])
    storage.delete("b")
    assert storage.remarks() == ("1 object on shop was deleted by somebody and is still there beneath: a/one",)
    with pytest.raises(ObjectNotFound):
        storage.open("b")


def test_of_what_somebody_wrote_over_the_first_version_is_read(locking: Shop) -> None:
    """Objects are never changed once written, so what lies on top is not ours: its size and its bytes do not count."""
    storage = locking.storage()
    storage.put("a", [b"ours"])
    for content in (b"not ours", b"not ours either"):
        locking.client.put_object(Bucket=locking.bucket, Key=full_key(storage, "a"), Body=content)
    assert [item.size for item in storage.list()] == [4]
    assert read(storage, "a") == b"ours"
    assert storage.remarks() == ("1 object on shop was written over by somebody; the first version is what is read: a",)


def test_a_legal_hold_keeps_too(localstack_locking: Shop) -> None:
    """It has no end, and is told as what it is."""
    storage = localstack_locking.storage()
    storage.put("a", [b"x"])
    words = {"Bucket": localstack_locking.bucket, "Key": full_key(storage, "a")}
    localstack_locking.client.put_object_legal_hold(**words, LegalHold={"Status": "ON"})
    with pytest.raises(ObjectRetained, match="a on shop is under a legal hold"):
        storage.delete("a")
    localstack_locking.client.put_object_legal_hold(**words, LegalHold={"Status": "OFF"})
    storage.delete("a")
    assert keys(storage) == []


def test_a_try_that_was_cut_off_before_its_lock_is_locked_by_the_next(locking: Shop) -> None:
    """The second one is told that the key is taken, and has made sure of the lock."""
    bare = locking.storage()
    bare.put("a", [b"x"])
    storage = locking.storage(prefix=full_key(bare, "")[:-1], lock={"mode": "governance", "days": 1})
    with pytest.raises(ObjectExists):
        storage.put("a", [b"x"])
    assert held(locking, storage, "a")[0] == "GOVERNANCE"


def test_the_self_test_proves_the_lock(locking: Shop) -> None:
    """With the date read back and a deletion that was refused; and what it leaves is no object."""
    storage = locking.storage(lock={"mode": "governance", "days": 30})
    told = storage.self_test()
    assert "governance lock is in force and deleting was refused" in told
    assert "checksums are compared" in told
    assert "versions are kept" in told
    assert keys(storage) == []


def test_a_server_that_ignores_the_condition_of_a_write_is_told_of(radosgw_locking: Shop) -> None:
    """Radosgw keeps to it only where it keeps no versions. We look first, so that nothing is written over anyway."""
    storage = radosgw_locking.storage()
    assert "a second write is NOT refused" in storage.self_test()
    assert storage.remarks() == (
        "shop ignores the condition of a write: nothing but a look before keeps two writers apart",
    )
    storage.put("a", [b"ours"])
    with pytest.raises(ObjectExists):
        storage.put("a", [b"again"])
    assert read(storage, "a") == b"ours"


def test_a_lock_in_a_bucket_that_knows_none_is_refused(plain: Shop) -> None:
    """By the self-test, before anything is trusted to it, with the setting to change."""
    with pytest.raises(StorageUnavailable, match=r"knows no Object Lock.*remove storage\.shop\.lock"):
        plain.storage(lock={"mode": "compliance", "days": 1}).self_test()


def test_without_a_lock_the_self_test_leaves_nothing_at_all(plain: Shop) -> None:
    storage = plain.storage()
    assert "a second write is refused" in storage.self_test()
    assert plain.client.list_objects_v2(Bucket=plain.bucket, Prefix=full_key(storage, ""))["KeyCount"] == 0
