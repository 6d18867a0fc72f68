"""Real S3 servers for a whole run, and buckets in them for a test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core.clock import SystemClock
from core.ports import Clock
from core.storage.s3.settings import S3Settings
from core.storage.s3.storage import S3Storage
from tests.conftest import REQUIRE_REAL, require
from tests.lab.s3.keeper import borrow
from tests.lab.s3.localstack import missing
from tests.lab.s3.place import Place
from tests.lab.s3.radosgw import PROGRAMS

_KEY, _SECRET = "BACKUPSERV_TEST_S3_KEY", "BACKUPSERV_TEST_S3_SECRET"


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A bucket in a real server; `client` is somebody else with every right."""

    place: Place
    bucket: str
    client: Any

    def settings(self, **more: object) -> S3Settings:
        """How we come to it; the key and secret lie in the environment."""
        os.environ[_KEY], os.environ[_SECRET] = self.place.key, self.place.secret
        words: dict[str, object] = {
            "kind": "s3",
            "bucket": self.bucket,
            "prefix": f"place-{uuid4().hex[:8]}",
            "endpoint": self.place.endpoint,
            "addressing": "path",
            "access_key": {"env": _KEY},
            "secret_key": {"env": _SECRET},
            "ca_file": self.place.ca,
            "part_bytes": 5 << 20,
        }
        return S3Settings.model_validate(words | more)

    def storage(self, *, clock: Clock | None = None, **more: object) -> S3Storage:
        """A storage in a folder of its own, unless `prefix` says which."""
        return S3Storage("shop", self.settings(**more), clock=clock or SystemClock())


def _folder(factory: pytest.TempPathFactory, name: str) -> Path:
    base = factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name


def _shop(place: Place, kind: str) -> Shop:
    client = place.client()
    bucket = f"{kind}-{uuid4().hex[:8]}"
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=kind == "locking")
    if kind == "versioned":
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return Shop(place=place, bucket=bucket, client=client)


@pytest.fixture(scope="session")
def localstack_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """LocalStack, shared by all workers of this run."""
    what = missing()
    if what and REQUIRE_REAL:
        pytest.fail(f"required and not installed: {what}", pytrace=False)
    if what:
        pytest.skip(f"not installed: {what}")
    with borrow("localstack", _folder(tmp_path_factory, "localstack")) as place:
        yield place


@pytest.fixture(scope="session")
def radosgw_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Debian's radosgw, shared by all workers of this run."""
    require(*PROGRAMS)
    with borrow("radosgw", _folder(tmp_path_factory, "radosgw")) as place:
        yield place


@pytest.fixture(scope="session")
def localstack_shop(localstack_place: Place) -> Shop:
    """A bucket without versions."""
    return _shop(localstack_place, "plain")


@pytest.fixture(scope="session")
def localstack_locking(localstack_place: Place) -> Shop:
    """A bucket with versions and Object Lock."""
    return _shop(localstack_place, "locking")


@pytest.fixture(scope="session")
def radosgw_shop(radosgw_place: Place) -> Shop:
    """A bucket without versions."""
    return _shop(radosgw_place, "plain")


@pytest.fixture(scope="session")
def radosgw_locking(radosgw_place: Place) -> Shop:
    """A bucket with versions and Object Lock."""
    return _shop(radosgw_place, "locking")


@pytest.fixture(params=["localstack", "radosgw"])
def locking(request: pytest.FixtureRequest) -> Shop:
    """A bucket with Object Lock on each of the two."""
    shop: Shop = request.getfixturevalue(f"{request.param}_locking")
    return shop


@pytest.fixture(params=["localstack", "radosgw"])
def plain(request: pytest.FixtureRequest) -> Shop:
    """A bucket without versions on each of the two."""
    shop: Shop = request.getfixturevalue(f"{request.param}_shop")
    return shop
