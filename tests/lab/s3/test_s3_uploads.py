"""How objects get into a bucket: in parts, taken up again after a crash, at a pace, and what is wrong is told."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.errors import ObjectExists, StorageUnavailable
from core.storage.s3.pace import Pace, PacedBody
from core.storage.s3.parts import in_parts
from core.storage.s3.storage import S3Storage
from tests.contracts.storage_contract import keys, read
from tests.fakes import FakeClock
from tests.lab.s3.fixture import Shop

ROOT = Path(__file__).parents[3]
PART = 5 << 20
CONTENT = [bytes([number]) * PART for number in range(5)]
WHOLE = b"".join(CONTENT)

# Uploads until it is killed: the last part never comes.
UPLOADER = """
import sys
from core.clock import SystemClock
from core.storage.s3.settings import S3Settings
from core.storage.s3.storage import S3Storage
storage = S3Storage("shop", S3Settings.model_validate_json(sys.argv[1]), clock=SystemClock())
def content():
    for number in range(4):
        yield bytes([number]) * (5 << 20)
    print("half-way", flush=True)
    sys.stdin.read()
storage.put("a/large", content())
"""


def uploads(shop: Shop, storage: S3Storage) -> list[dict[str, Any]]:
    listed = shop.client.list_multipart_uploads(Bucket=shop.bucket, Prefix=storage._bucket.folder)
    found: list[dict[str, Any]] = listed.get("Uploads", [])
    return found


def count_parts(storage: S3Storage) -> list[int]:
    """From now on the numbers of the parts that are sent, as boto3 tells anybody who listens."""
    sent: list[int] = []
    storage._bucket._client.meta.events.register(
        "before-send.s3.UploadPart", lambda request, **_: sent.append(int(request.url.split("partNumber=")[1][0]))
    )
    return sent


def test_an_upload_that_was_killed_is_taken_up_where_it_was(plain: Shop) -> None:
    """Only what had not arrived is sent; nothing half is ever listed; and nothing is left over."""
    settings = plain.settings()
    child = subprocess.Popen(
        [sys.executable, "-c", UPLOADER, settings.model_dump_json()],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half-way\n"
        child.send_signal(signal.SIGKILL)
    storage = plain.storage(prefix=settings.prefix)
    assert keys(storage) == []
    assert storage.sweep() == ()  # it has its chance for a week
    sent = count_parts(storage)
    storage.put("a/large", CONTENT)
    assert sent in ([5], [4, 5])  # the fourth may have been on its way
    assert read(storage, "a/large") == WHOLE
    assert uploads(plain, storage) == []


def test_other_bytes_are_sent_anew_however_much_of_the_old_ones_is_there(localstack_shop: Shop) -> None:
    """A part is what its bytes are, not what its number is: a new seal of the same database shares none."""
    storage = localstack_shop.storage()
    key = storage._bucket.folder + "a"
    upload = localstack_shop.client.create_multipart_upload(Bucket=localstack_shop.bucket, Key=key)["UploadId"]
    for number in (1, 2, 3):
        words = {"Bucket": localstack_shop.bucket, "Key": key, "UploadId": upload, "PartNumber": number}
        localstack_shop.client.upload_part(**words, Body=b"old" * PART)
    bare = localstack_shop.storage(prefix=storage._bucket.folder[:-1], checksums="when_required")
    sent = count_parts(bare)
    bare.put("a", CONTENT[:2])
    assert sent == [1, 2]
    assert read(storage, "a") == b"".join(CONTENT[:2])


def test_an_upload_that_nobody_takes_up_for_a_week_is_given_up(plain: Shop) -> None:
    """And only that: a younger one keeps its chance."""
    clock = FakeClock(time=datetime.now(UTC) + timedelta(days=7) - timedelta(minutes=1))
    storage = plain.storage(clock=clock)
    key = storage._bucket.folder + "a/large"
    plain.client.create_multipart_upload(Bucket=plain.bucket, Key=key)
    assert storage.sweep() == ()
    clock.advance(120)
    assert storage.sweep() == ("a/large",)
    assert uploads(plain, storage) == []


def test_of_two_who_write_at_once_one_wins(localstack_shop: Shop) -> None:
    """Each of ten times: one object, and everybody else is told that it is taken."""
    first = localstack_shop.storage()
    others = [localstack_shop.storage(prefix=first._bucket.folder[:-1]) for _ in range(3)]
    for number in range(10):
        gate = threading.Barrier(len(others))

        def write(storage: S3Storage, number: int = number, gate: threading.Barrier = gate) -> bool:
            gate.wait(timeout=30)
            try:
                storage.put(f"race-{number}", [str(id(storage)).encode()])
            except ObjectExists:
                return False
            return True

        with ThreadPoolExecutor(len(others)) as pool:
            assert sum(pool.map(write, others)) == 1


def test_more_than_a_thousand_objects_are_listed_in_order(localstack_locking: Shop) -> None:
    """A listing has pages; a key whose layers lie on two of them is one key, and the first version is on the second."""
    storage = localstack_locking.storage()
    folder = storage._bucket.folder
    names = [f"n/{number:04}" for number in range(1000)]

    def write(name: str) -> None:
        localstack_locking.client.put_object(Bucket=localstack_locking.bucket, Key=folder + name, Body=name.encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, names))
    write("n/0999")  # the 1001st row: it lies under what is on the first page
    localstack_locking.client.put_object(
        Bucket=localstack_locking.bucket, Key=folder + "n/0999", Body=b"somebody else's, and longer"
    )
    listed = list(storage.list("n"))
    assert [item.key for item in listed] == names
    assert {item.size for item in listed} == {6}
    assert len(storage.remarks()) == 1


def test_more_than_a_thousand_objects_without_versions(localstack_shop: Shop) -> None:
    storage = localstack_shop.storage()
    names = [f"n/{number:04}" for number in range(1001)]
    folder = storage._bucket.folder
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda name: localstack_shop.client.put_object(Bucket=localstack_shop.bucket, Key=folder + name), names
            )
        )
    assert keys(storage) == names


@pytest.mark.parametrize(
    ("wrong", "what", "hint"),
    [
        ({"secret_key": {"env": "BACKUPSERV_TEST_WRONG"}}, "refuses our signature", "mend storage.shop.secret_key"),
        (
            {"access_key": {"env": "BACKUPSERV_TEST_WRONG"}},
            "not know the access key",
            "mend storage.shop.access_key",
        ),
        ({"bucket": "not-there"}, "there is no bucket not-there", "make it, or mend storage.shop.bucket"),
        ({"ca_file": None}, "certificate is not trusted", "storage.shop.ca_file"),
        ({"endpoint": "https://127.0.0.1:1"}, "connection failed", ""),
        ({"secret_key": {"file": "/nonexistent/key"}}, "/nonexistent/key does not exist", ""),
        ({"access_key": {"env": "BACKUPSERV_TEST_UNSET"}}, "is empty or missing", "put it there"),
    ],
)
def test_what_is_wrong_is_told_with_the_setting_to_mend(
    radosgw_shop: Shop, wrong: dict[str, Any], what: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every call, never with a secret, and only a connection is worth another try."""
    monkeypatch.setenv("BACKUPSERV_TEST_WRONG", "neverbeforeseen")
    storage = radosgw_shop.storage(**wrong)
    for attempt in (
        lambda: storage.put("a", [b"x"]),
        lambda: storage.open("a"),
        lambda: list(storage.list()),
        lambda: storage.delete("a"),
        storage.sweep,
        storage.self_test,
    ):
        with pytest.raises(StorageUnavailable, match=what) as caught:
            attempt()
        assert hint in str(caught.value)
        assert caught.value.passing is ("connection" in what)
        assert radosgw_shop.place.secret not in str(caught.value)
        assert "neverbeforeseen" not in str(caught.value)
        assert "Signature=" not in str(caught.value)


def test_the_pace_is_kept_on_the_way_up_and_down(localstack_shop: Shop) -> None:
    """Measured by the clock that does the waiting: a megabyte at 100 kB a second takes ten seconds each way."""
    clock = FakeClock()
    storage = localstack_shop.storage(clock=clock, limit_bytes_per_second=100_000)
    storage.put("a", [b"x" * 1_000_000])
    assert clock.elapsed == pytest.approx(10)
    read(storage, "a")
    assert clock.elapsed == pytest.approx(20)


def test_what_is_read_to_be_signed_is_no_traffic(clock: FakeClock) -> None:
    body = PacedBody(b"x" * 1000, Pace(clock, 100))
    body.read()
    body.seek(0)
    assert clock.elapsed == 0
    body.begin_sending()
    body.read()
    assert clock.elapsed == pytest.approx(10)


@pytest.mark.parametrize("pieces", [[], [0], [1], [7], [8], [9], [16], [3, 5], [3, 6, 0, 40, 1]])
def test_parts_are_of_one_size_and_the_bytes_are_the_same(pieces: list[int]) -> None:
    """But for the last one, which is not empty."""
    content = [bytes(range(size)) for size in pieces]
    parts = list(in_parts(content, 8))
    assert b"".join(parts) == b"".join(content)
    assert all(len(part) == 8 for part in parts[:-1])
    assert all(parts)
