"""The contract of storages, kept by each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.errors import ObjectRetained
from core.ports import Storage
from core.storage.local import LocalSettings, LocalStorage
from core.storage.memory import MemoryStorage
from core.storage.retrying import RetryingStorage
from tests.contracts.storage_contract import StorageContract, keys, read
from tests.fakes import FakeClock
from tests.lab.s3.fixture import Shop
from tests.lab.ssh import SshServer


class TestLocalStorage(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        return LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository"))


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestSftpStorage(StorageContract):
    """Against Debian's sshd."""

    @pytest.fixture
    def storage(self, sshd: SshServer, tmp_path: Path) -> Iterator[Storage]:
        with sshd.storage(tmp_path / "deep" / "repository") as storage:
            yield storage


class TestWriteOnceSftpStorage(StorageContract):
    """Against Debian's sshd with a filter: nothing can be renamed or removed."""

    @pytest.fixture
    def storage(self, sshd: SshServer, tmp_path: Path) -> Iterator[Storage]:
        with sshd.storage(tmp_path / "repository", port=sshd.filtered, write_once=True) as storage:
            yield storage

    def test_deleting_twice_is_deleting_once(self, storage: Storage) -> None:
        """Nothing is deleted: what is there stays, and that is no fault; what is not there is no error."""
        storage.put("a/one", [b"x"])
        with pytest.raises(ObjectRetained, match="write-once"):
            storage.delete("a/one")
        storage.delete("a/two")
        assert keys(storage) == ["a/one"]
        assert read(storage, "a/one") == b"x"


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
