"""A standby under a broken link, a killed run and a full disk: the file there is the old one or the new one."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.errors import StorageFull, StorageUnavailable
from core.replica.local import LocalReplica, LocalReplicaSettings
from core.replica.sftp import SftpReplica
from tests.conftest import require
from tests.contracts.test_replicas import sftp_settings
from tests.faults.premises import Premises, version
from tests.faults.striking import Striker
from tests.faults.tcpfault import Fault, FaultyLink
from tests.lab.ssh import SshServer
from tests.machine import small_disk

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

LIMIT = 1 << 26
OLD, NEW = random.Random(1).randbytes(3 << 20), random.Random(2).randbytes(3 << 20)  # noqa: S311 — bytes, no secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "standby").mkdir()
    return tmp_path / "standby" / "services.db"


@pytest.mark.parametrize("kind", ["reset", "cut", "stall"])
def test_a_connection_that_breaks_leaves_the_old_one(sshd: SshServer, path: Path, kind: str) -> None:
    """Wherever it breaks; the next attempt puts the new one, and no half file stays."""
    with FaultyLink(("127.0.0.1", sshd.port)) as link:
        sshd.know(link.port)
        replica = SftpReplica(sftp_settings(sshd, path, port=link.port, timeout_seconds=2))
        for after in (0, 3000, 100_000, 3_000_000) if kind != "stall" else (1_500_000,):
            path.write_bytes(OLD)
            replica.close()
            link.fault = Fault(kind=kind, after=after, times=1)  # type: ignore[arg-type]  # the words above
            with pytest.raises(StorageUnavailable):
                replica.put(NEW)
            assert path.read_bytes() == OLD, after
            link.strikes_no_more()
            replica.put(NEW)
            assert replica.read(limit=LIMIT) == NEW
            assert sorted(item.name for item in path.parent.iterdir()) == ["services.db", "services.db.previous"]
        replica.close()


def test_a_reading_that_breaks_is_never_a_short_one(sshd: SshServer, path: Path) -> None:
    """The reader is told, and reads again."""
    path.write_bytes(OLD)
    with FaultyLink(("127.0.0.1", sshd.port)) as link:
        sshd.know(link.port)
        replica = SftpReplica(sftp_settings(sshd, path, port=link.port, timeout_seconds=2))
        link.fault = Fault(kind="cut", after=2 << 20, way="down", times=1)
        with pytest.raises(StorageUnavailable, match="was lost"):
            replica.read(limit=LIMIT)
        link.strikes_no_more()
        assert replica.read(limit=LIMIT) == OLD
        replica.close()


@pytest.mark.parametrize("room", [0, 200])
def test_a_full_disk_leaves_the_old_one(path: Path, room: int) -> None:
    """And nothing beside it; with room again the new one is put."""
    with small_disk(path.parent, "size=8m") as disk:
        replica = LocalReplica(LocalReplicaSettings(kind="local", path=path))
        replica.put(OLD)
        filler = disk / "filler"
        filler.write_bytes(bytes((os.statvfs(disk).f_bavail - room) * 4096))
        with pytest.raises(StorageFull, match="no space left"):
            replica.put(NEW)
        assert replica.read(limit=LIMIT) == OLD
        filler.unlink()
        assert [item.name for item in disk.iterdir()] == ["services.db"]
        replica.put(NEW)
        assert replica.read(limit=LIMIT) == NEW


def test_a_full_disk_at_the_other_end_leaves_the_old_one(sshd: SshServer, path: Path) -> None:
    """The server says "Failure"; that it is the disk is found out."""
    with small_disk(path.parent, "size=8m") as disk:
        replica = SftpReplica(sftp_settings(sshd, path))
        replica.put(OLD)
        filler = disk / "filler"
        filler.write_bytes(bytes(os.statvfs(disk).f_bavail * 4096))
        with pytest.raises(StorageFull, match="no space left"):
            replica.put(NEW)
        filler.unlink()
        assert replica.read(limit=LIMIT) == OLD
        replica.put(NEW)
        replica.close()
        assert sorted(item.name for item in disk.iterdir()) == ["services.db", "services.db.previous"]


@pytest.fixture
def striker(tmp_path: Path) -> Iterator[Striker]:
    require("strace")
    with Striker(tmp_path) as striker:
        yield striker


def test_a_killed_backup_leaves_a_whole_standby(tmp_path: Path, path: Path, striker: Striker) -> None:
    """At writes, flushes and renames: the old one or the new one; the next backup brings it up to date, and sweeps."""
    premises = Premises(
        tmp_path / "w", copy=False, policy=f'[standby.b]\nkind = "local"\npath = "{path}"\n[retention]\nwithin = "1h"\n'
    )
    premises.back_up(1)
    premises.change(2, tree=False)
    premises.keep()
    ends = set()
    for where in striker.killed(premises.words("backup"), {"rename": 1, "linkat": 1, "write": 12, "fsync": 9}):
        found = path.read_bytes()
        assert found in {version(1), version(2)}, where
        ends.add(found)
        again = striker.run(premises.words("backup"))
        assert again.code == 0, (where, again)
        assert path.read_bytes() == version(2), where
        assert sorted(item.name for item in path.parent.iterdir()) == ["services.db", "services.db.previous"], where
        assert premises.engine().status().troubles == (), where
        premises.again()
        path.write_bytes(version(1))
    assert ends == {version(1), version(2)}
