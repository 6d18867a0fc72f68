"""The contract of storages, kept by each of them."""

from pathlib import Path

import pytest

from core.ports import Storage
from core.storage.local import LocalSettings, LocalStorage
from core.storage.memory import MemoryStorage
from tests.contracts.storage_contract import StorageContract


class TestLocalStorage(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        return LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository"))


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()
