"""Files on this host: whole or not at all, private, and every refusal a sentence."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.disk import (
    free_space,
    make_private_folder,
    modified_at,
    read_secret,
    read_whole,
    sweep_temporaries,
    write_whole,
)
from core.domain.errors import (
    BackupServError,
    ConfigInvalid,
    ObjectExists,
    SecretExposed,
    SourceUnreadable,
    StorageFull,
    StorageUnavailable,
)
from tests.conftest import require
from tests.machine import NOBODY, open_folder, small_disk, unprivileged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "services.db"


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# --- writing ---------------------------------------------------------------------------------


def test_a_file_is_replaced_as_a_whole(path: Path) -> None:
    """A reader who has the old one open keeps it; the next one gets the new one."""
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        write_whole(path, [b"new ", b"content"], mode=0o640)
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(path.parent) == ["services.db"]


def test_while_it_is_written_nobody_else_can_read_it(path: Path) -> None:
    """The mode that was asked for comes last; before, the file is for its owner alone."""

    def content() -> Iterator[bytes]:
        (temporary,) = path.parent.iterdir()
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        yield b"x"

    before = os.umask(0)
    try:
        write_whole(path, content(), mode=0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_content_that_breaks_off_leaves_the_old_file(path: Path) -> None:
    """And no temporary one."""
    path.write_bytes(b"old")

    def content() -> Iterator[bytes]:
        yield b"new" * 100_000
        raise ValueError("broke")

    with pytest.raises(ValueError, match="broke"):
        write_whole(path, content())
    assert path.read_bytes() == b"old"
    assert names(path.parent) == ["services.db"]


def test_exclusive_never_replaces(path: Path) -> None:
    """Not a file, and not a link that points nowhere."""
    write_whole(path, [b"first"], exclusive=True)
    with pytest.raises(ObjectExists, match=r"services\.db exists already"):
        write_whole(path, [b"second"], exclusive=True)
    assert path.read_bytes() == b"first"
    dangling = path.with_name("dangling")
    dangling.symlink_to(path.parent / "nowhere")
    with pytest.raises(ObjectExists):
        write_whole(dangling, [b"x"], exclusive=True)
    assert names(path.parent) == ["dangling", "services.db"]


def test_a_link_is_replaced_not_followed(path: Path) -> None:
    """What it points to is untouched."""
    target = path.with_name("target")
    target.write_bytes(b"old")
    path.symlink_to(target)
    write_whole(path, [b"new"])
    assert not path.is_symlink()
    assert (path.read_bytes(), target.read_bytes()) == (b"new", b"old")


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    """255 bytes: the temporary name must not be longer."""
    for name in ("x" * 255, "é" * 127):
        write_whole(tmp_path / name, [b"x"])
        assert (tmp_path / name).read_bytes() == b"x"


def test_the_owner_is_set_before_the_file_has_its_name(path: Path) -> None:
    """Root can give a file away; there is no moment at which the wrong one owns it."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    write_whole(path, [b"x"], mode=0o640, owner=(NOBODY, NOBODY))
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (NOBODY, NOBODY, 0o640)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """The message names the path and what to do."""
    with small_disk(tmp_path, "size=128k") as disk:
        (disk / "services.db").write_bytes(b"old")
        with pytest.raises(StorageFull, match=r"no space left to write .*services\.db") as caught:
            write_whole(disk / "services.db", [bytes(1 << 20)])
        assert str(disk) in caught.value.hint
        assert (disk / "services.db").read_bytes() == b"old"
        assert names(disk) == ["services.db"]


WRITE = """\
import sys
from pathlib import Path
from core.disk import write_whole
from core.domain.errors import BackupServError
try:
    write_whole(Path(sys.argv[1]), [bytes(100000)], exclusive=sys.argv[2] == "exclusive")
except BackupServError as error:
    print(type(error).__name__, error.message)
"""


def written(path: Path, how: str, *wrapper: str) -> str:
    words = [*wrapper, sys.executable, "-c", WRITE, str(path), how]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def strace(rule: str) -> list[str]:
    call = rule.partition(":")[0]
    return ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={rule}"]


@pytest.mark.fault
@pytest.mark.parametrize("how", ["plain", "exclusive"])
@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("fsync:error=EIO:when=1", "StorageUnavailable"),  # of the file
        ("fsync:error=EIO:when=2", "StorageUnavailable"),  # of the folder
        ("fsync:error=ENOSPC:when=1", "StorageFull"),
        ("write:error=EDQUOT:when=1", "StorageFull"),
        ("fchmod:error=EROFS:when=1", "StorageUnavailable"),
    ],
)
def test_what_is_not_on_the_medium_was_not_written(path: Path, how: str, rule: str, says: str) -> None:
    """A refused flush is an error, and an exclusive file whose name may be lost is taken back."""
    require("strace")
    assert written(path, how, *strace(rule)).startswith(f"{says} ")
    if how == "plain" and rule == "fsync:error=EIO:when=2":
        assert path.stat().st_size == 100_000  # the rename cannot be undone; the caller knows that it may be lost
    else:
        assert names(path.parent) == []


@pytest.mark.fault
def test_a_file_system_without_hard_links_will_do(path: Path) -> None:
    """FAT on a stick: still whole, and still never over a file that is there."""
    require("strace")
    refuse = strace("link,linkat:error=EPERM")
    refuse[5] = "trace=link,linkat"
    assert written(path, "exclusive", *refuse) == ""
    assert names(path.parent) == ["services.db"]
    assert path.stat().st_size == 100_000
    assert written(path, "exclusive", *refuse) == f"ObjectExists {path} exists already"


@pytest.mark.fault
def test_a_size_limit_is_no_space(path: Path) -> None:
    """EFBIG (`ulimit -f`) reads as a full disk, and leaves nothing."""
    require("prlimit")
    assert written(path, "plain", "prlimit", "--fsize=4096").startswith("StorageFull no space left to write")
    assert names(path.parent) == []


def test_a_folder_that_is_missing_or_closed_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(StorageUnavailable) as caught:
        write_whole(tmp_path / "missing" / "x", [b"x"])
    assert f"the folder {tmp_path}/missing is missing" in str(caught.value)
    with open_folder() as folder:
        (folder / "closed").mkdir(mode=0o555)
        (folder / "closed").chmod(0o555)
        with unprivileged(), pytest.raises(StorageUnavailable) as caught:
            write_whole(folder / "closed" / "x", [b"x"])
        assert f"needs write access to {folder}/closed" in str(caught.value)
        assert names(folder / "closed") == []


def test_only_dead_writers_are_swept(tmp_path: Path) -> None:
    """Below a folder too, never through a link; a live writer holds its file."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / ".x.0123456789ab.tmp").write_text("half")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / ".y.0123456789ab.tmp").write_text("half")
    (tmp_path / "below" / "link").symlink_to(tmp_path / "outside")

    def content() -> Iterator[bytes]:
        yield b"x"
        assert sweep_temporaries(tmp_path / "below") == (tmp_path / "below" / ".x.0123456789ab.tmp",)

    write_whole(tmp_path / "below" / "z", content())
    assert names(tmp_path / "below") == ["link", "z"]
    assert names(tmp_path / "outside") == [".y.0123456789ab.tmp"]
    assert sweep_temporaries(tmp_path / "missing") == ()


# --- folders ---------------------------------------------------------------------------------


def test_missing_folders_are_made_private(tmp_path: Path) -> None:
    """With their parents; what is there keeps its mode."""
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "a" / "b")
    make_private_folder(tmp_path / "a" / "b")
    modes = [stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")]
    assert modes == [0o755, 0o700, 0o700]


@pytest.mark.parametrize("what", ["file", "link to nowhere", "below a file"])
def test_what_is_in_the_way_of_a_folder_is_named(tmp_path: Path, what: str) -> None:
    """It is no folder, and nothing is taken away."""
    path = tmp_path / "x"
    if what == "link to nowhere":
        path.symlink_to(tmp_path / "nowhere")
    else:
        path.write_text("x")
    with pytest.raises(StorageUnavailable, match=str(path)):
        make_private_folder(path / "below" if what == "below a file" else path)
    assert names(tmp_path) == ["x"]


def test_free_space_is_that_of_the_file_system(tmp_path: Path) -> None:
    """A missing folder is told."""
    with small_disk(tmp_path, "size=1m") as disk:
        assert free_space(disk) == 1 << 20
        (disk / "x").write_bytes(bytes(1 << 19))
        assert free_space(disk) == 1 << 19
    with pytest.raises(StorageUnavailable, match="missing"):
        free_space(tmp_path / "missing")


# --- reading ---------------------------------------------------------------------------------


def test_a_file_is_read_with_what_it_is(path: Path) -> None:
    """The content and the status belong together."""
    path.write_bytes(b"content")
    content, status = read_whole(path, limit=7)
    assert content == b"content"
    assert (status.st_ino, status.st_size) == (path.stat().st_ino, 7)


def test_a_limit_asks_for_no_memory(path: Path) -> None:
    """However much a file may hold, a small one is read into little."""
    path.write_bytes(b"content")
    assert read_whole(path, limit=1 << 45)[0] == b"content"


def test_a_file_that_is_replaced_while_it_is_read_is_one_of_the_two(path: Path) -> None:
    """Never a mix: thousand replacements, and each reading is one of the whole saves."""
    saves = {bytes([letter]) * 50_000 for letter in b"ab"}
    path.write_bytes(b"a" * 50_000)
    stop = threading.Event()

    def replace() -> None:
        while not stop.is_set():
            for save in saves:
                new = path.with_name("new")
                new.write_bytes(save)
                new.replace(path)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(300):
            assert read_whole(path, limit=1 << 20)[0] in saves
    finally:
        stop.set()
        thread.join()


SCRIBBLE = """\
import sys
with open(sys.argv[1], "r+b", buffering=0) as file:
    file.write(b"x")
    print("begun", flush=True)
    for number in range(10_000_000):
        file.seek(0)
        file.write(number.to_bytes(8, "big"))
"""


def test_a_file_that_never_rests_is_given_up(path: Path) -> None:
    """Something writes it in place: what was read is no moment of it."""
    with path.open("wb") as file:
        file.truncate(100 << 20)  # long enough to read that its time moves on
    words = [sys.executable, "-c", SCRIBBLE, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        try:
            with pytest.raises(SourceUnreadable, match="changed each time"):
                read_whole(path, limit=1 << 30)
        finally:
            writer.kill()


def folder_in_place(path: Path) -> None:
    path.mkdir()


def pipe_in_place(path: Path) -> None:
    os.mkfifo(path)


def device_in_place(path: Path) -> None:
    path.symlink_to("/dev/zero")


def nothing_in_place(path: Path) -> None:
    assert not path.exists()


def large_file_in_place(path: Path) -> None:
    path.write_bytes(b"x" * 101)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (nothing_in_place, "does not exist"),
        (folder_in_place, "not a regular file|Is a directory"),
        (pipe_in_place, "not a regular file"),
        (device_in_place, "not a regular file"),
        (large_file_in_place, "larger than 100 bytes"),
    ],
)
def test_what_cannot_be_read_is_told_at_once(path: Path, make: Callable[[Path], None], says: str) -> None:
    """By path; a pipe without a writer keeps nobody waiting, a device has no end and is not begun."""
    make(path)
    with pytest.raises(SourceUnreadable, match=says) as caught:
        read_whole(path, limit=100)
    assert str(path) in caught.value.message


def test_a_closed_file_is_told_with_the_uid() -> None:
    """Who is it closed to? The message says."""
    with open_folder() as folder:
        (folder / "services.db").write_text("x")
        (folder / "services.db").chmod(0o000)
        with unprivileged(), pytest.raises(SourceUnreadable) as caught:
            read_whole(folder / "services.db", limit=100)
        uid = NOBODY if os.geteuid() == 0 else os.geteuid()
        assert f"services.db cannot be read by uid {uid}" in caught.value.message


def test_the_time_of_a_file_is_aware(path: Path) -> None:
    """UTC, as every time is; a missing file is told."""
    path.write_text("x")
    os.utime(path, (1_800_000_000, 1_800_000_000))
    assert modified_at(path).isoformat() == "2027-01-15T08:00:00+00:00"
    with pytest.raises(SourceUnreadable, match="does not exist"):
        modified_at(path.with_name("missing"))


# --- secrets ---------------------------------------------------------------------------------


def secret_file(path: Path, *, mode: int = 0o600, content: bytes = b"hunter2\n") -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_secret_is_read_without_its_line_end(path: Path, mode: int) -> None:
    """From a file that is ours alone."""
    assert read_secret(secret_file(path, mode=mode)) == "hunter2"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o660, 0o601])
def test_a_secret_that_others_can_reach_is_refused(path: Path, mode: int) -> None:
    """The message names the path and the command to run, and not the secret."""
    secret_file(path, mode=mode)
    with pytest.raises(SecretExposed) as caught:
        read_secret(path)
    assert caught.value.hint == f"chmod 600 {path}"
    assert f"{path} (mode {mode:04o})" in caught.value.message
    assert "hunter2" not in str(caught.value)


def test_a_group_may_read_only_where_it_is_roots_credential() -> None:
    """Systemd gives credentials by an access list, which looks like mode 0440 root:root; any other group is others."""
    if os.geteuid() != 0:
        pytest.skip("only root can make files of root and of others")
    with open_folder() as folder:
        path = secret_file(folder / "credential", mode=0o440)
        assert read_secret(path) == "hunter2"
        os.chown(path, 0, NOBODY)
        with pytest.raises(SecretExposed, match="mode 0440"):
            read_secret(path)


def test_a_secret_of_somebody_else_is_refused() -> None:
    """Who owns it can change it under us."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a file of somebody else")
    with open_folder() as folder:
        path = secret_file(folder / "secret")
        os.chown(path, NOBODY, NOBODY)
        with pytest.raises(SecretExposed, match=f"belongs to uid {NOBODY}"):
            read_secret(path)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (nothing_in_place, "does not exist"),
        (folder_in_place, "cannot be read|not a regular file"),
        (pipe_in_place, "not a regular file"),
        (device_in_place, "not a regular file"),
    ],
)
def test_what_is_no_secret_file_is_told_at_once(path: Path, make: Callable[[Path], None], says: str) -> None:
    """Each is a mistake in the configuration, named by path."""
    make(path)
    with pytest.raises(ConfigInvalid, match=says) as caught:
        read_secret(path)
    assert str(path) in caught.value.message


@pytest.mark.parametrize(("content", "says"), [(b"x" * 70_000, "larger than"), (b"\xff\xfe", "not text")])
def test_what_is_too_large_or_no_text_is_no_secret(path: Path, content: bytes, says: str) -> None:
    """And its bytes are not in the message."""
    with pytest.raises(BackupServError, match=says) as caught:
        read_secret(secret_file(path, content=content))
    assert "xxxx" not in str(caught.value)
