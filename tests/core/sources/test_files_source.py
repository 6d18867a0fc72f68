"""Which files of a folder are taken, and what is said of the others."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core.domain.errors import SourceUnreadable
from core.sources.files import FilesSettings, FilesSource
from core.tree_ports import TreeCapture
from tests.fakes import FakeClock, RecordingProgress


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ircd"
    for name in ("conf/inspircd.conf", "conf/links.conf", "log/a.log", "log/old/b.log", "run/ircd.pid", "notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def scan(root: Path, **settings: Any) -> TreeCapture:
    made = FilesSettings(kind="files", root=root, folder="config", **settings)
    return FilesSource(name="config", settings=made, clock=FakeClock()).scan(RecordingProgress())


def files(capture: TreeCapture) -> set[str]:
    return {entry.path for entry in capture.entries if entry.type != "dir"}


def test_everything_is_taken_but_what_only_a_running_program_has(root: Path) -> None:
    """No pid files, sockets, pipes or devices."""
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(root / "control"))
    (root / "named.sock").write_bytes(b"")
    capture = scan(root)
    assert files(capture) == {"conf/inspircd.conf", "conf/links.conf", "log/a.log", "log/old/b.log", "notes.txt"}
    assert capture.counts == {"files": 5, "folders": 5}
    assert not capture.findings


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"paths": ("conf", "notes.txt")}, {"conf/inspircd.conf", "conf/links.conf", "notes.txt"}),
        ({"paths": ("log/old",)}, {"log/old/b.log"}),
        ({"include": ("*.conf",)}, {"conf/inspircd.conf", "conf/links.conf"}),
        ({"include": ("log/**",)}, {"log/a.log", "log/old/b.log"}),
        ({"include": ("log",)}, {"log/a.log", "log/old/b.log"}),
        ({"include": ("*.log",), "exclude": ("old",)}, {"log/a.log"}),
        ({"exclude": ("log", "conf/l*")}, {"conf/inspircd.conf", "notes.txt"}),
        ({"include": ("*.pid",)}, {"run/ircd.pid"}),
    ],
)
def test_what_is_taken(root: Path, settings: dict[str, Any], expected: set[str]) -> None:
    capture = scan(root, **settings)
    assert files(capture) == expected
    ways = {str(way) for path in expected for way in Path(path).parents}
    assert "include" not in settings or {entry.path for entry in capture.entries if entry.type == "dir"} == ways


def test_links_stay_links_and_are_not_followed(root: Path, tmp_path: Path) -> None:
    """As the links of certificates: live/ points into archive/."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_bytes(b"secret")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "live").symlink_to("conf/links.conf")
    links = {entry.path: entry.target for entry in scan(root).entries if entry.type == "symlink"}
    assert links == {"out": str(tmp_path / "outside"), "live": "conf/links.conf"}


def test_a_path_that_is_missing_is_told(root: Path) -> None:
    capture = scan(root, paths=("conf", "gone"))
    assert [finding.code for finding in capture.findings] == ["path-missing"]
    assert str(root / "gone") in capture.findings[0].text


def test_a_root_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no such file"):
        scan(tmp_path / "gone")


def test_more_than_the_limits_is_an_error_that_says_what_to_do(root: Path) -> None:
    with pytest.raises(SourceUnreadable, match="limit_bytes of config"):
        scan(root, limit_bytes=4)
    with pytest.raises(SourceUnreadable, match="limit_files of config"):
        scan(root, limit_files=3)


def test_what_is_named_like_ours_is_left_out(root: Path) -> None:
    (root / ".backupserv").mkdir()
    (root / ".backupserv/moves").write_bytes(b"a\0b\0")
    assert not [entry for entry in scan(root).entries if entry.path.startswith(".backupserv")]


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "files", "root": Path("/etc")},
        {"kind": "files", "root": Path("etc"), "folder": "config"},
        {"kind": "files", "root": Path("/etc"), "folder": "databases"},
        {"kind": "tls", "root": Path("/etc"), "folder": "logs"},
        {"kind": "files", "root": Path("/etc"), "folder": "config", "paths": ("../home",)},
        {"kind": "files", "root": Path("/etc"), "folder": "config", "paths": ("/etc/ssl",)},
        {"kind": "files", "root": Path("/etc"), "folder": "config", "exclude": ("",)},
        {"kind": "files", "root": Path("/etc"), "folder": "config", "limit_files": 0},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FilesSettings(**settings)


def test_certificates_belong_into_their_own_folder(root: Path) -> None:
    source = FilesSource(name="tls", settings=FilesSettings(kind="tls", root=root), clock=FakeClock())
    assert (source.kind, source.folder) == ("tls", "ssl")


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that everybody can reach, outside of the private ones of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="scan-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_read_is_told_and_the_others_are_taken(open_to_all: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    (open_to_all / "closed").mkdir(mode=0o700)
    (open_to_all / "closed/a").write_bytes(b"a")
    (open_to_all / "b").write_bytes(b"b")
    os.seteuid(65534)
    try:
        capture = scan(open_to_all)
    finally:
        os.seteuid(0)
    assert files(capture) == {"b"}
    assert [finding.code for finding in capture.findings] == ["folder-unreadable"]
    assert "closed was left out: uid 65534 may not" in capture.findings[0].text
