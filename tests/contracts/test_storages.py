"""The contract of storages, kept by each of them."""

from pathlib import Path

import pytest

from core.ports import Storage
from core.storage.local import LocalSettings, LocalStorage
from core.storage.memory import MemoryStorage
from core.storage.retrying import RetryingStorage
from tests.contracts.storage_contract import StorageContract
from tests.fakes import FakeClock
from tests.lab.s3.fixture import Shop


class TestLocalStorage(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        return LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository"))


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestS3StorageWithVersionsOnLocalStack(StorageContract):
    @pytest.fixture
    def storage(self, localstack_locking: Shop) -> Storage:
        return localstack_locking.storage()


class TestS3StorageOnRadosgw(StorageContract):
    @pytest.fixture
    def storage(self, radosgw_shop: Shop) -> Storage:
        return radosgw_shop.storage()


class TestRetryingStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return RetryingStorage(MemoryStorage(), clock=FakeClock())
