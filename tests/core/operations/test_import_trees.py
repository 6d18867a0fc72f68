"""Archives of files become snapshots: every byte, time and owner as the archive has it, and nothing that is hostile."""

import io
import resource
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.errors import StorageFull
from core.domain.snapshot import Snapshot
from core.domain.tree import Entry
from core.ports import Progress
from core.repository.tree_reading import TreeReading
from tests.core.operations.old_backups import OldBackups, imported, only, planned, reading, typed
from tests.core.operations.world import BEFORE, World
from tests.fakes import RecordingProgress

STAMPS = ("20251227_020000", "20251228_020000", "20260105_020000")
CONFIG = "config.imported"


@dataclass(frozen=True, slots=True)
class Member:
    """One thing in an archive."""

    name: str
    content: bytes = b""
    kind: bytes = tarfile.REGTYPE
    link: str = ""


def packed(old: OldBackups, stamp: str, *members: Member) -> Path:
    """`config_STAMP.tar.gz` of exactly these, as somebody hostile would write it."""
    path = old.path("config", f"config_{stamp}.tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        for one in members:
            made = tarfile.TarInfo(one.name)
            made.type, made.linkname, made.uid, made.gid = one.kind, one.link, 1234, 4321
            made.mtime = 1_700_000_000
            made.uname, made.gname, made.mode = "ircd", "irc", 0o640
            made.size = len(one.content)
            archive.addfile(made, io.BytesIO(one.content))
    return path


def of(world: World, source: str = CONFIG) -> list[Snapshot]:
    return [snapshot for snapshot in world.engine.snapshots() if snapshot.source == source]


def listing(world: World, snapshot: Snapshot) -> dict[str, Entry]:
    entries = TreeReading(world.engine.repository, world.state).listing(snapshot).entries
    return {entry.path: entry for entry in entries}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def extracted(world: World, snapshot: Snapshot, folder: Path, progress: Progress) -> dict[str, bytes]:
    return files(world.engine.extract(snapshot.id, folder, progress=progress).path)


@pytest.fixture
def old(tmp_path: Path) -> OldBackups:
    old = OldBackups(tmp_path / "backup")
    old.folder.mkdir()
    return old


def test_what_the_headers_say_is_what_the_listing_says(
    world: World, old: OldBackups, tmp_path: Path, progress: Progress
) -> None:
    """Folders that the archive does not tell are there, and a later member of a name counts, as for `tar`."""
    packed(
        old,
        STAMPS[0],
        Member("src/backend/conf/ircd.conf", b"first\n"),
        Member("src/backend/conf/again.conf", b"", tarfile.LNKTYPE, "src/backend/conf/ircd.conf"),
        Member("src/backend/conf/ircd.conf", b"second\n"),
        Member("src/link.conf", b"", tarfile.SYMTYPE, "backend/conf/ircd.conf"),
        Member("src/backend/conf/copy.conf", b"", tarfile.LNKTYPE, "src/backend/conf/ircd.conf"),
    )
    (snapshot,) = imported(world, old, progress).snapshots
    found = listing(world, snapshot)
    assert list(found) == [
        ".", "src", "src/backend", "src/backend/conf", "src/backend/conf/again.conf", "src/backend/conf/copy.conf",
        "src/backend/conf/ircd.conf", "src/link.conf",
    ]  # fmt: skip
    entry = found["src/backend/conf/copy.conf"]
    assert (entry.type, entry.mode, entry.uid, entry.gid, entry.user, entry.group) == (
        "file", 0o640, 1234, 4321, "ircd", "irc",
    )  # fmt: skip
    assert entry.mtime_ns == 1_700_000_000_000_000_000
    assert found["src/backend/conf/ircd.conf"].target == "src/backend/conf/copy.conf"
    assert found["src"].mtime_ns == snapshot.taken_at.timestamp() * 1e9
    contents = extracted(world, snapshot, tmp_path / "out", progress)
    assert contents["src/backend/conf/again.conf"] == b"first\n"
    assert contents["src/backend/conf/ircd.conf"] == contents["src/backend/conf/copy.conf"] == b"second\n"
    assert contents["src/link.conf"] == b"second\n"


def test_a_file_of_the_same_size_and_time_and_other_bytes_is_another_file(
    world: World, old: OldBackups, tmp_path: Path, progress: Progress
) -> None:
    """What tells a living file that nobody touched tells nothing of an archive's."""
    large = bytes(range(256)) * 80_000  # more than is always compared whole
    contents = [b"port 6667;\n", b"port 6697;\n", b"port 6697;\n# more\n"]
    for stamp, content in zip(STAMPS, contents, strict=True):
        # A byte in its middle differs, its size and both of its ends do not.
        spoilt = large[:9_000_000] + content[5:9] + large[9_000_004:]
        packed(old, stamp, Member("a.conf", content), Member("motd", b"hello\n"), Member("big", spoilt))
    snapshots = imported(world, old, progress).snapshots
    assert [snapshot.rank for snapshot in snapshots] == ["full", "day", "full"]  # a week turned
    assert [snapshot.taken_at.day for snapshot in snapshots] == [27, 28, 5]
    for snapshot, content in zip(snapshots, contents, strict=True):
        back = extracted(world, snapshot, tmp_path / snapshot.tail, progress)
        assert back["a.conf"] == content
        assert back["big"][9_000_000:9_000_004] == content[5:9]
        assert world.engine.verify(snapshot.tail, progress=progress).level == 3


def test_what_says_nothing_new_is_told_and_a_second_import_adopts_nothing(
    world: World, old: OldBackups, progress: Progress
) -> None:
    for stamp in STAMPS[:2]:
        packed(old, stamp, Member("b", b"1"), Member("a", b"2"))
    packed(old, STAMPS[2], Member("a", b"2"), Member("b", b"1"))  # packed in another order
    assert [item.verdict for item in planned(world, old, progress).items] == ["adopt", "unchanged", "unchanged"]
    assert len(imported(world, old, progress).snapshots) == 1
    assert [item.verdict for item in planned(world, old, progress).items] == ["known", "unchanged", "unchanged"]
    assert imported(world, old, progress).snapshots == ()
    assert len(of(world)) == 1


def test_an_older_folder_that_follows_is_adopted_and_the_latest_is_by_time(
    world: World, old: OldBackups, tmp_path: Path, progress: Progress
) -> None:
    """Also where it is the content of the one that was added last: it is of another time."""
    packed(old, STAMPS[1], Member("a", b"new"))
    (newer,) = imported(world, old, progress).snapshots
    packed(old, "20251201_020000", Member("a", b"new"))
    packed(old, "20251210_020000", Member("a", b"old"))
    first, second = imported(world, old, progress).snapshots
    assert of(world) == [first, second, newer]
    assert (first.taken_at.day, second.taken_at.day, second.sequence) == (1, 10, 3)
    for reference, snapshot in (("latest", newer), ("2025-12-05", first), (second.tail, second)):
        made = world.engine.extract(reference, tmp_path / snapshot.tail, source=CONFIG, progress=progress)
        assert made.snapshot == snapshot
    assert imported(world, old, progress).snapshots == ()
    assert not world.engine.repository.problems


HOSTILE: dict[str, list[Member]] = {
    "climbs": [Member("../evil", b"x")],
    "absolute": [Member("/etc/passwd", b"x")],
    "through a link": [Member("a", b"", tarfile.SYMTYPE, "b"), Member("a/x", b"x")],
    "device": [Member("sda", b"", tarfile.BLKTYPE)],
    "our own name": [Member(".backupserv/removed", b"x")],
    "endless name": [Member("/".join("a" * 3000), b"x")],
    "long name": [Member("a" * 256, b"x")],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_named_and_the_rest_goes_on(
    world: World, old: OldBackups, tmp_path: Path, kind: str
) -> None:
    progress = RecordingProgress()
    packed(old, STAMPS[0], *HOSTILE[kind])
    packed(old, STAMPS[1], Member("good.conf", b"good\n"))
    old.database(STAMPS[0], BEFORE)
    report = imported(world, old, progress)
    assert sorted(snapshot.source for snapshot in report.snapshots) == [CONFIG, "services.imported"]
    (item,) = report.left_out
    assert item.name == f"config/config_{STAMPS[0]}.tar.gz"
    assert "the archive" in item.why
    assert not item.damaged
    assert not (tmp_path / "evil").exists()
    assert [path.name for path in world.state.glob(".*.tmp")] == []


@pytest.mark.parametrize(
    ("field", "value"), [("uid", 1 << 40), ("gid", -1), ("mtime", 1 << 50), ("mtime", float("inf"))]
)
def test_an_owner_or_a_time_that_no_file_can_have_is_refused(
    world: World, old: OldBackups, progress: Progress, field: str, value: float
) -> None:
    path = old.path("config", f"config_{STAMPS[0]}.tar.gz")
    with tarfile.open(
        path, "w:gz", format=tarfile.GNU_FORMAT if isinstance(value, int) else tarfile.PAX_FORMAT
    ) as file:
        made = tarfile.TarInfo("a")
        if isinstance(value, int):
            setattr(made, field, value)
        else:
            made.pax_headers = {field: str(value)}
        file.addfile(made)
    (item,) = planned(world, old, progress).left_out
    assert "the archive" in item.why


def test_a_bomb_of_members_is_refused(
    world: World, old: OldBackups, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operations.foreign_tree._MOST", 3)
    packed(old, STAMPS[0], *(Member(str(number)) for number in range(4)))
    assert "more than 3 members" in only(planned(world, old, progress)).why


def test_an_archive_that_changed_since_the_plan_is_left_out(world: World, old: OldBackups, progress: Progress) -> None:
    packed(old, STAMPS[0], Member("a", b"1"))
    plan = planned(world, old, progress)
    packed(old, STAMPS[0], Member("a", b"2"))
    report = world.engine.import_folder(plan, reading(), by="test", progress=progress)
    assert report.snapshots == ()
    assert [item.why for item in report.failed] == ["it changed since it was looked at"]
    assert of(world) == []


def test_a_disk_that_is_full_ends_it_and_leaves_nothing(world: World, old: OldBackups, progress: Progress) -> None:
    packed(old, STAMPS[0], Member("a", bytes(4 << 20)))
    plan = planned(world, old, progress)
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, allowed[1]))
    try:
        with pytest.raises(StorageFull, match="no space"):
            world.engine.import_folder(plan, reading(), by="test", progress=progress)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert of(world) == []
    assert list(world.state.glob(".*")) == []
    assert len(imported(world, old, progress).snapshots) == 1


def test_what_debian_tars_and_openssl_seals_comes_back(
    world: World, old: OldBackups, tmp_path: Path, progress: Progress
) -> None:
    """With and without -pbkdf2, several names of one file, a name that is no UTF-8, and an empty file."""
    tree = tmp_path / "ssl"
    tree.mkdir()
    (tree / "server.pem").write_bytes(b"certificate\n" * 999)
    (tree / "alias.pem").hardlink_to(tree / "server.pem")
    (tree / "current.pem").symlink_to("server.pem")
    (tree / "empty").touch()
    Path(f"{tree}/caf\udce9.pem").write_bytes(b"latin-1 name\n")
    for stamp, options in ((STAMPS[0], []), (STAMPS[1], ["-pbkdf2"])):
        (tree / "serial").write_text(stamp)
        archive = old.path("ssl", f"ssl_{stamp}.tar.gz")
        typed("tar", "-czf", archive, "-C", tmp_path, "ssl")
        old.seal(archive, *options)
    snapshots = imported(world, old, progress).snapshots
    assert [(one.source, one.kind, one.key.split("/")[2]) for one in snapshots] == [("ssl.imported", "tls", "ssl")] * 2
    assert snapshots[0].taken_at == datetime(2025, 12, 27, 2, tzinfo=UTC)
    back = extracted(world, snapshots[1], tmp_path / "out", progress)
    assert back == {f"ssl/{name}": content for name, content in files(tree).items()}
    target = tmp_path / "out" / "ssl.imported" / "ssl"
    assert (target / "current.pem").is_symlink()
    assert (target / "alias.pem").samefile(target / "server.pem")
    assert (target / "serial").stat().st_mtime == int((tree / "serial").stat().st_mtime)
