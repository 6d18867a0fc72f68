"""A folder as a storage: closed to others, without links, and honest about what it cannot do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.domain.errors import ObjectNotFound, StorageFull, StorageUnavailable
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.contracts.storage_contract import keys, read
from tests.machine import open_folder, small_disk, unprivileged


def storage_in(path: Path) -> LocalStorage:
    return LocalStorage("disk", LocalSettings(kind="local", path=path))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "repository"


@pytest.fixture
def storage(root: Path) -> LocalStorage:
    return storage_in(root)


def test_folders_and_files_are_ours_alone(storage: LocalStorage, root: Path) -> None:
    """0700 and 0600, whatever the umask says."""
    before = os.umask(0)
    try:
        storage.put("a/b/one", [b"x"])
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (root, root / "a", root / "a/b")] == [0o700] * 3
    assert (root / "a/b/one").stat().st_mode & 0o777 == 0o600


def test_a_relative_folder_is_refused_by_the_settings() -> None:
    """The bot and the command line start in different folders."""
    with pytest.raises(ValidationError, match="absolute path"):
        LocalSettings(kind="local", path=Path("repository"))


def test_a_link_to_a_folder_never_leads_out(storage: LocalStorage, root: Path, tmp_path: Path) -> None:
    """Neither to write, nor to read, list or delete; and a listing does not leave out what it hides."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("x")
    root.mkdir()
    (root / "link").symlink_to(outside)
    for attempt in (
        lambda: storage.put("link/new", [b"x"]),
        lambda: storage.put("link/below/new", [b"x"]),
        lambda: storage.open("link/secret"),
        lambda: storage.delete("link/secret"),
        lambda: list(storage.list("link")),
        lambda: list(storage.list()),
    ):
        with pytest.raises(StorageUnavailable, match="link is a symbolic link"):
            attempt()
    assert [path.name for path in outside.iterdir()] == ["secret"]


def test_a_link_to_a_file_is_not_read(storage: LocalStorage, root: Path, tmp_path: Path) -> None:
    """It is told, not followed; deleting it deletes the link."""
    target = tmp_path / "target"
    target.write_text("x")
    root.mkdir()
    (root / "link").symlink_to(target)
    with pytest.raises(StorageUnavailable, match="link cannot be read"):
        storage.open("link")
    with pytest.raises(StorageUnavailable, match="symbolic link"):
        list(storage.list())
    storage.delete("link")
    assert keys(storage) == []
    assert target.exists()


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    """An operator may say where the storage lies in two steps."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    storage = storage_in(tmp_path / "link")
    storage.put("a/one", [b"x"])
    assert keys(storage) == ["a/one"]
    assert read(storage_in(tmp_path / "real"), "a/one") == b"x"


def test_what_is_no_key_and_no_file_is_no_object(storage: LocalStorage, root: Path) -> None:
    """A stranger's file, a pipe, a half-written file: none of them is listed, none of them makes it wait."""
    storage.put("a/one", [b"x"])
    (root / "a" / "not a key").write_text("x")
    (root / "a" / os.fsdecode(b"\xff\xfe")).write_text("x")
    (root / "a" / ".two.0123456789ab.tmp").write_text("x")
    os.mkfifo(root / "a" / "pipe")
    assert keys(storage) == ["a/one"]
    with pytest.raises(ObjectNotFound, match="not a file"):
        storage.open("a/pipe")


def test_only_what_a_dead_writer_left_is_swept(storage: LocalStorage, root: Path) -> None:
    """A file that is being written is left alone, however long it takes; a foreign `.tmp` too."""
    storage.put("a/one", [b"x"])
    (root / "a" / ".two.0123456789ab.tmp").write_text("half")
    (root / "a" / ".editor.tmp").write_text("somebody else's")

    def slow() -> Iterator[bytes]:
        yield b"first"
        assert storage.sweep() == ("a/.two.0123456789ab.tmp",)
        assert storage.sweep() == ()
        yield b" second"

    storage.put("a/slow", slow())
    assert read(storage, "a/slow") == b"first second"
    assert sorted(path.name for path in (root / "a").iterdir()) == [".editor.tmp", "one", "slow"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """The objects that were there are whole, the new one is not there, and no space is lost to it."""
    with small_disk(tmp_path, "size=256k") as disk:
        storage = storage_in(disk / "repository")
        storage.put("a/one", [b"x" * 1000])
        with pytest.raises(StorageFull, match=r"no space left to write .*a/two") as caught:
            storage.put("a/two", (bytes(65536) for _ in range(10)))
        assert "free space" in caught.value.hint
        assert keys(storage) == ["a/one"]
        assert [path.name for path in (disk / "repository" / "a").iterdir()] == ["one"]
        storage.put("a/two", [bytes(100_000)])


def test_a_disk_without_inodes_is_full_too(tmp_path: Path) -> None:
    """Bytes are free, names are not."""
    with small_disk(tmp_path, "size=1m", "nr_inodes=8") as disk:
        storage = storage_in(disk / "repository")
        storage.put("a/one", [b"x"])
        for number in range(os.statvfs(disk).f_ffree):
            (disk / str(number)).touch()
        with pytest.raises(StorageFull):
            storage.put("a/more", [b"x"])
        assert read(storage, "a/one") == b"x"


def test_a_folder_that_cannot_be_read_is_not_an_empty_one() -> None:
    """Could not look is never nothing there; the message names the folder and the uid."""
    with open_folder() as folder:
        storage = storage_in(folder / "repository")
        (folder / "repository" / "a").mkdir(parents=True)
        (folder / "repository" / "a").chmod(0o000)
        with unprivileged():
            for prefix in ("", "a"):
                with pytest.raises(StorageUnavailable, match=r"repository/a cannot be listed: Permission") as caught:
                    list(storage.list(prefix))
                assert f"uid {os.geteuid()}" in caught.value.hint
            with pytest.raises(StorageUnavailable, match="cannot be read: Permission"):
                storage.open("a/one")
            with pytest.raises(StorageUnavailable, match="cannot be written: Permission"):
                storage.put("a/one", [b"x"])
            with pytest.raises(StorageUnavailable):
                storage.delete("a/one")
        (folder / "repository" / "a").chmod(0o700)


@pytest.mark.fault
def test_a_medium_that_fails_while_it_is_read_is_not_damage(storage: LocalStorage, root: Path) -> None:
    """EIO at the second read: the storage is unavailable; nothing is said about the object."""
    require("strace")
    storage.put("a/one", [bytes(1 << 20)])
    program = f"""\
from pathlib import Path
from core.domain.errors import StorageUnavailable
from core.storage.local import LocalSettings, LocalStorage
file = LocalStorage("disk", LocalSettings(kind="local", path=Path({str(root)!r}))).open("a/one")
try:
    while file.read(65536):
        pass
except StorageUnavailable as error:
    print(error)
"""
    inject = ["-P", str(root / "a/one"), "-e", "trace=read", "-e", "inject=read:error=EIO:when=2"]
    words = ["strace", "-qq", "-o", "/dev/null", *inject, sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == f"{root}/a/one cannot be read: Input/output error\n", done.stderr
