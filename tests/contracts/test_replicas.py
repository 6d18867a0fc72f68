"""The contract of replicas, kept by each of them."""

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.errors import StorageUnavailable
from core.replica.local import LocalReplica, LocalReplicaSettings
from core.replica.sftp import SftpReplica, SftpReplicaSettings
from core.replica_port import Replica
from core.storage.sftp_client import Client
from tests.contracts.replica_contract import LIMIT, ReplicaContract, names
from tests.lab.ssh import SshServer


def sftp_settings(sshd: SshServer, path: Path, **changed: object) -> SftpReplicaSettings:
    words = {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": sshd.port,
        "user": getpass.getuser(),
        "path": str(path),
        "key_file": sshd.key_file,
        "known_hosts": sshd.known_hosts,
        "timeout_seconds": 20,
    }
    return SftpReplicaSettings.model_validate(words | changed)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "standby").mkdir()
    return tmp_path / "standby" / "services.db"


class TestLocalReplica(ReplicaContract):
    @pytest.fixture
    def replica(self, path: Path) -> Replica:
        return LocalReplica(LocalReplicaSettings(kind="local", path=path))

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_it_belongs_to_whom_it_shall(self, path: Path) -> None:
        """With the mode that keeps everybody else out; the one before it too."""
        replica = LocalReplica(LocalReplicaSettings(kind="local", path=path, owner="nobody:nogroup"))
        replica.put(b"one")
        replica.put(b"two")
        for file in (path, path.with_name("services.db.previous")):
            found = file.stat()
            assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (65534, 65534, 0o600)

    def test_an_owner_that_is_not_there_is_named(self, path: Path) -> None:
        """Before anything is written."""
        replica = LocalReplica(LocalReplicaSettings(kind="local", path=path, owner="nosuch:nosuch"))
        with pytest.raises(StorageUnavailable, match="no user and group nosuch:nosuch"):
            replica.put(b"one")
        assert names(path) == []

    def test_it_keeps_the_one_before_without_hard_links_too(
        self, replica: Replica, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """FAT and some network file systems know none."""

        def refused(*_: object, **__: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr("core.replica.local.os.link", refused)
        replica.put(b"one")
        replica.put(b"two")
        assert path.with_name("services.db.previous").read_bytes() == b"one"
        assert names(path) == ["services.db", "services.db.previous"]


class TestSftpReplica(ReplicaContract):
    """Against Debian's sshd."""

    @pytest.fixture
    def replica(self, sshd: SshServer, path: Path) -> Iterator[Replica]:
        replica = SftpReplica(sftp_settings(sshd, path))
        yield replica
        replica.close()

    def leave_half(self, path: Path) -> None:
        replica = SftpReplica.__new__(SftpReplica)
        replica._beside, replica._name = f"{path.parent}/", path.name
        for what in ("new", "previous"):
            Path(replica._temporary(what)).write_bytes(b"half")

    def swept(self, path: Path) -> set[str]:
        """Names that are always the same: other files beside it are nobody's business there."""
        replica = SftpReplica.__new__(SftpReplica)
        replica._beside, replica._name = "", path.name
        return {replica._temporary(what) for what in ("new", "previous")}

    @pytest.mark.parametrize("word", ["link", "replace"])
    def test_a_server_that_lacks_a_word_is_told_or_done_without(
        self, replica: Replica, path: Path, monkeypatch: pytest.MonkeyPatch, word: str
    ) -> None:
        """Without hard links the one before is copied; without a rename that replaces nothing is put."""
        monkeypatch.setattr(Client, word, lambda *_: False)
        if word == "replace":
            with pytest.raises(StorageUnavailable, match="cannot rename over a file"):
                replica.put(b"one")
            assert names(path) == []
            return
        replica.put(b"one")
        replica.put(b"two")
        assert path.with_name("services.db.previous").read_bytes() == b"one"
        assert replica.read(limit=LIMIT) == b"two"
        assert names(path) == ["services.db", "services.db.previous"]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_it_belongs_to_whom_it_shall(self, sshd: SshServer, path: Path) -> None:
        """By number: the server is not asked for names."""
        replica = SftpReplica(sftp_settings(sshd, path, owner="65534:65534"))
        replica.put(b"one")
        replica.close()
        found = path.stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (65534, 65534, 0o600)
