"""A server that keeps everything: what was cut short can still be ended, and nothing else is touched."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.errors import ObjectExists, ObjectRetained, StorageUnavailable
from core.storage.sftp import SftpStorage
from tests.conftest import require
from tests.contracts.storage_contract import keys, read
from tests.lab.ssh import SshServer

MB = 1 << 20


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "repository"


@pytest.fixture
def storage(sshd: SshServer, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpStorage]:
    monkeypatch.setattr("core.storage.sftp_write_once.QUIET", 0)
    with sshd.storage(root, port=sshd.filtered, write_once=True) as storage:
        yield storage


@pytest.fixture
def append_only(tmp_path: Path) -> Iterator[Path]:
    """A folder in which names can only appear."""
    require("chattr")
    program, folder = shutil.which("chattr") or "chattr", tmp_path / "kept"
    folder.mkdir()
    if subprocess.run([program, "+a", str(folder)], capture_output=True, check=False).returncode != 0:
        pytest.skip("this file system knows no append-only folders")
    yield folder
    subprocess.run([program, "-R", "-a", "-i", str(folder)], check=True)


def half(path: Path, content: bytes) -> None:
    """What a killed upload leaves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("there", [0, 1, 2 * MB + 7])
def test_a_half_is_ended_by_the_next_attempt(storage: SftpStorage, root: Path, there: int) -> None:
    """It is listed with its own size until then: the manifest, written last, knows the true one."""
    whole = os.urandom(3 * MB)
    half(root / "a/one", whole[:there])
    before = (root / "a/one").stat().st_ino
    assert [item.size for item in storage.list()] == [there]
    storage.put("a/one", [whole])
    assert read(storage, "a/one") == whole
    assert (root / "a/one").stat().st_ino == before
    with pytest.raises(ObjectExists):
        storage.put("a/one", [whole])


def test_what_is_not_how_it_begins_is_somebodys_object(storage: SftpStorage, root: Path) -> None:
    """Not a byte of it is changed, shorter or longer."""
    for content in (os.urandom(2 * MB), os.urandom(5 * MB)):
        half(root / "a/one", content)
        with pytest.raises(ObjectExists):
            storage.put("a/one", [os.urandom(3 * MB)])
        assert (root / "a/one").read_bytes() == content


def test_a_half_that_grows_has_its_writer(storage: SftpStorage, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two never write into one object."""
    half(root / "a/one", b"x")

    def grows(_: float) -> None:
        (root / "a/one").write_bytes(b"xx")

    monkeypatch.setattr("core.storage.sftp_write_once.time.sleep", grows)
    with pytest.raises(StorageUnavailable, match="being written by another run"):
        storage.put("a/one", [b"xxx"])
    assert (root / "a/one").read_bytes() == b"xx"


def test_a_stream_that_breaks_never_reaches_the_server(storage: SftpStorage, root: Path) -> None:
    """There it could not be taken back."""

    def breaking() -> Iterator[bytes]:
        yield os.urandom(6 * MB)
        raise ConnectionResetError("the stream broke")

    with pytest.raises(ConnectionResetError):
        storage.put("a/one", breaking())
    assert not root.exists()


def test_the_self_test_says_what_a_filter_does_not_stop(storage: SftpStorage, root: Path) -> None:
    """A filter of requests keeps names, and lets contents be overwritten; its probe is one file, however often."""
    for _ in range(2):
        assert storage.self_test() == "nothing can be deleted"
        (remark,) = storage.remarks()
        assert "lets us overwrite" in remark
    assert len(list(root.iterdir())) == 1
    assert keys(storage) == []
    assert storage.sweep() == ()


def test_a_server_that_is_not_write_once_at_all_is_found_out(sshd: SshServer, root: Path) -> None:
    """The setting says so, and the server does not."""
    with sshd.storage(root, write_once=True) as storage:
        assert storage.self_test() == ""
        assert ["overwrite" in remark or "delete" in remark for remark in storage.remarks()] == [True, True]
        storage.put("a", [b"x"])
        with pytest.raises(ObjectRetained):
            storage.delete("a")
        assert (root / "a").exists()


def test_a_folder_where_names_only_appear_keeps_all(sshd: SshServer, append_only: Path) -> None:
    """`chattr +a`, with all of SFTP allowed: uploads work and are ended, deletions do not."""
    with sshd.storage(append_only, write_once=True) as storage:
        whole = os.urandom(2 * MB)
        half(append_only / "one", whole[:MB])
        storage.put("one", [whole])
        storage.put("a/two", [b"2"])
        assert storage.self_test() == "nothing can be deleted"
        assert keys(storage) == ["a/two", "one"]
        assert read(storage, "one") == whole
    with sshd.storage(append_only) as storage, pytest.raises(StorageUnavailable, match="permission denied"):
        storage.delete("one")
