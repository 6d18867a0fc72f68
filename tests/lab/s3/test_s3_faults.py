"""Networks between us and a bucket: whatever they do is told in bounded time, and nothing half is ever listed."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from core.domain.errors import StorageUnavailable
from core.storage.retrying import Patience, RetryingStorage
from core.storage.s3.storage import S3Storage
from tests.contracts.storage_contract import keys, read
from tests.fakes import FakeClock
from tests.faults.tcpfault import Fault, FaultyLink
from tests.lab.s3.fixture import Shop

pytestmark = pytest.mark.fault

PART = 5 << 20
SMALL = b"s" * 300_000
LARGE = [b"l" * PART, b"m" * PART, b"n" * 100_000]
HURRY: dict[str, Any] = {"connect_seconds": 1, "answer_seconds": 1}

UP = [
    Fault(kind="reset"),
    Fault(kind="reset", after=100_000),
    Fault(kind="cut", after=100_000),
    Fault(kind="stall"),
    Fault(kind="stall", after=100_000),
]
DOWN = [
    Fault(kind="reset", way="down"),
    Fault(kind="reset", after=100_000, way="down"),
    Fault(kind="cut", after=100_000, way="down"),
    Fault(kind="stall", after=100_000, way="down"),
]


def named(fault: Fault) -> str:
    return f"{fault.kind} {fault.way} after {fault.after}"


@pytest.fixture
def link(localstack_shop: Shop) -> Iterator[FaultyLink]:
    with FaultyLink((localstack_shop.place.host, localstack_shop.place.port)) as link:
        yield link


@pytest.fixture
def far(link: FaultyLink) -> dict[str, Any]:
    """A folder of the bucket for one test, behind the link."""
    return {"endpoint": f"https://127.0.0.1:{link.port}", "prefix": f"there-{uuid4().hex[:8]}"}


@pytest.fixture
def storage(localstack_shop: Shop, far: dict[str, Any]) -> S3Storage:
    """One that reaches it and waits for nobody for long."""
    return localstack_shop.storage(**far, **HURRY)


@pytest.fixture
def calm(localstack_shop: Shop, far: dict[str, Any]) -> S3Storage:
    """The same, with time for a busy server: it would be asked twice for what it is still doing."""
    return localstack_shop.storage(**far)


@pytest.mark.parametrize("content", [[SMALL], LARGE], ids=["whole", "in parts"])
@pytest.mark.parametrize("fault", UP, ids=named)
def test_an_upload_that_is_hit_is_told_and_leaves_nothing_visible(
    storage: S3Storage, calm: S3Storage, link: FaultyLink, fault: Fault, content: list[bytes]
) -> None:
    """And the key can be stored when all is well again."""
    assert keys(storage) == []
    link.fault = fault
    with pytest.raises(StorageUnavailable) as caught:
        storage.put("a", content)
    assert caught.value.passing
    assert link.struck
    link.strikes_no_more()
    link.reset_all()
    assert keys(calm) == []
    calm.put("a", content)
    assert read(calm, "a") == b"".join(content)


@pytest.mark.parametrize("fault", DOWN, ids=named)
def test_a_download_that_is_hit_is_never_just_short(storage: S3Storage, link: FaultyLink, fault: Fault) -> None:
    storage.put("a", [SMALL])
    link.fault = fault
    with pytest.raises(StorageUnavailable) as caught:
        read(storage, "a")
    assert caught.value.passing
    assert link.struck


def test_a_server_that_is_not_there_is_told_at_every_call(storage: S3Storage, link: FaultyLink) -> None:
    link.refuse()
    for attempt in (
        lambda: storage.put("a", [b"x"]),
        lambda: storage.open("a"),
        lambda: list(storage.list()),
        lambda: storage.delete("a"),
        storage.sweep,
        storage.self_test,
    ):
        with pytest.raises(StorageUnavailable, match="connection failed"):
            attempt()


def test_a_slow_line_is_no_fault(storage: S3Storage, link: FaultyLink) -> None:
    """While something moves, nobody gives up: it takes several times as long as silence may."""
    storage.put("a", [SMALL])
    link.fault = Fault(kind="slow", way="down", rate=200_000)
    assert read(storage, "a") == SMALL


# boto3 itself tries twice at a broken connection: three strikes get through to us.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="reset", times=3),
        Fault(kind="reset", after=100_000, times=3),
        Fault(kind="cut", after=100_000, times=3),
        Fault(kind="stall", after=100_000, times=3),
        Fault(kind="reset", way="down", after=1000, times=3),
        Fault(kind="cut", way="down", after=100_000, times=3),
        Fault(kind="stall", way="down", after=100_000, times=1),
    ],
    ids=named,
)
def test_a_fault_that_passes_is_survived(storage: S3Storage, link: FaultyLink, fault: Fault) -> None:
    """Up and down again through the same trouble; the bytes are the same, and there is one object."""
    patient = RetryingStorage(storage, clock=FakeClock(), patience=Patience(tries=5))
    patient.put("before", [SMALL])
    link.fault = fault
    patient.put("a", LARGE if fault.way == "up" else [SMALL])
    assert read(patient, "before") == SMALL
    assert link.struck == fault.times
    assert keys(patient) == ["a", "before"]
    assert read(patient, "a") == b"".join(LARGE if fault.way == "up" else [SMALL])
