"""Archives of strangers: each attack is refused, and what Debian's tar makes is read."""

import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.errors import ArchiveRefused
from core.domain.tree import Entry
from core.extraction import Limits, read_foreign_tar


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made


def archive(*members: tarfile.TarInfo) -> bytes:
    """A tar of these, as somebody hostile would write it: names are not looked at."""
    blocks = b""
    for made in members:
        content = b"x" * made.size if made.isreg() else b""
        blocks += made.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape") + content + bytes(-len(content) % 512)
    return blocks + bytes(1024)


def read(content: bytes, limits: Limits | None = None) -> list[tuple[Entry, bytes]]:
    return [(made.entry, b"".join(made.content)) for made in read_foreign_tar(io.BytesIO(content), limits=limits)]


SYM, LNK, DIR = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE

ATTACKS: dict[str, list[tarfile.TarInfo]] = {
    "a name that climbs out": [member("../evil")],
    "a name that climbs out from within": [member("a/../../evil")],
    "a name that climbs and comes back": [member("a/../b")],
    "an absolute name": [member("/etc/passwd")],
    "an absolute name behind a dot": [member(".//etc/passwd")],
    "a link to an absolute place": [member("a", SYM, "/etc/passwd")],
    "a link that climbs out": [member("a/b", SYM, "../../etc")],
    "a link that climbs out later": [member("a", SYM, "b/../../etc")],
    "a link that climbs through another link": [
        member("a/b/up", SYM, "../.."),
        member("out", SYM, "a/b/up/.."),
    ],
    "a link to nothing": [member("a", SYM, "")],
    "a file through a link": [member("a", SYM, "b"), member("a/passwd")],
    "a folder that becomes a link": [member("a", DIR), member("a", SYM, "b")],
    "a file where something lies below": [member("a/b"), member("a")],
    "a hard link out": [member("a", LNK, "../etc/shadow")],
    "a hard link to an absolute place": [member("a", LNK, "/etc/shadow")],
    "a hard link to what is not in it": [member("a", LNK, "b")],
    "a hard link to a link": [member("b", SYM, "c"), member("a", LNK, "b")],
    "a device": [member("sda", tarfile.BLKTYPE)],
    "a character device": [member("mem", tarfile.CHRTYPE)],
    "a named pipe": [member("pipe", tarfile.FIFOTYPE)],
    "a name without end": [member("/".join("a" * 3000))],
    "a name that no file system takes": [member("a/" + "b" * 256)],
    "a link that says more than a path can": [member("a", SYM, "b/" * 3000)],
    "a root that is a link": [member(".", SYM, "a")],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str) -> None:
    with pytest.raises(ArchiveRefused, match="archive"):
        read(archive(*ATTACKS[attack]))


def test_more_bytes_than_allowed_are_refused_before_they_are_read() -> None:
    """The header alone decides: the bytes need not even be there."""
    with pytest.raises(ArchiveRefused, match="more than 1000 bytes"):
        read(member("huge", size=1 << 40).tobuf(), Limits(size=1000))


def test_bytes_of_all_files_are_added_up() -> None:
    with pytest.raises(ArchiveRefused, match="more than 1000 bytes"):
        read(archive(member("a", size=600), member("b", size=600)), Limits(size=1000))


def test_more_members_than_allowed_are_refused() -> None:
    with pytest.raises(ArchiveRefused, match="more than 2 members"):
        read(archive(member("a"), member("b"), member("c")), Limits(count=2))


class Counted(io.BytesIO):
    """Remembers how much was asked for."""

    given = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.given += len(piece)
        return piece


def test_a_header_that_claims_much_gets_little() -> None:
    """A PAX header of 64 MiB is not read into memory."""
    bomb = Counted(member("x", tarfile.XHDTYPE, size=64 << 20).tobuf() + b"7 a=bb\n" * (8 << 20))
    with pytest.raises(ArchiveRefused, match="too large"):
        list(read_foreign_tar(bomb))
    assert bomb.given < 2 << 20


@pytest.mark.parametrize("cut", [1, 700, 1500])
def test_a_cut_archive_is_refused(cut: int) -> None:
    with pytest.raises(ArchiveRefused):
        read(archive(member("a", size=2000))[: 512 + cut])


def test_what_is_no_tar_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="no tar"):
        read(b"GDBV 12\n" * 1000)


def test_what_a_caller_does_not_read_is_skipped() -> None:
    names = [made.entry.path for made in read_foreign_tar(io.BytesIO(archive(member("a", size=3 << 20), member("b"))))]
    assert names == ["a", "b"]


def _ssl(folder: Path) -> None:
    (folder / "archive/irc").mkdir(parents=True)
    (folder / "archive/irc/cert1.pem").write_bytes(b"certificate")
    (folder / "live/irc").mkdir(parents=True)
    (folder / "live/irc/cert.pem").symlink_to("../../archive/irc/cert1.pem")


def _twice(folder: Path) -> None:
    (folder / "a").write_bytes(b"one")
    os.link(folder / "a", folder / "b")


def _unpronounceable(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe.conf")).write_bytes(b"latin")
    (folder / ("long" * 50)).write_bytes(b"long name")


@pytest.mark.parametrize("make", [_ssl, _twice, _unpronounceable])
@pytest.mark.parametrize("kind", ["gnu", "posix"])
def test_what_tar_makes_is_read(make: Callable[[Path], None], kind: str, tmp_path: Path) -> None:
    """Links inside stay links; every file has its bytes and every name its own."""
    folder = tmp_path / "tree"
    folder.mkdir()
    make(folder)
    subprocess.run(["/bin/tar", f"--format={kind}", "-cf", tmp_path / "t.tar", "-C", folder, "."], check=True)
    entries = {entry.path: (entry, content) for entry, content in read((tmp_path / "t.tar").read_bytes())}
    assert entries.keys() == {".", *(str(path.relative_to(folder)) for path in folder.rglob("*"))}
    for path, (entry, content) in entries.items():
        real = folder / path
        if entry.type == "symlink":
            assert entry.target == str(real.readlink())
        if entry.type == "file":
            assert content == real.read_bytes()
        if entry.type == "hardlink":
            assert (folder / entry.target).samefile(real)
