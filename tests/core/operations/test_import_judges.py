"""What is adopted out of a folder, and what never is: damage, bombs, links, other formats, strange names."""

import gzip
import os
import shutil
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import SourceUnreadable
from core.operations import import_walk
from core.ports import Progress
from tests.core.operations.old_backups import OldBackups, only, planned, reading, typed
from tests.core.operations.world import BEFORE, World, make_world
from tests.core.registrations.tables.village import NAMED
from tests.fakes import FakeClock, RecordingProgress
from tests.machine import open_folder, unprivileged

STAMP = "20251227_020000"


@pytest.fixture
def old(tmp_path: Path) -> OldBackups:
    old = OldBackups(tmp_path / "backup")
    old.folder.mkdir()
    return old


@pytest.mark.parametrize("options", [[], ["-pbkdf2"], ["-pbkdf2", "-iter", "10000"], ["-md", "md5"], ["-md", "sha256"]])
def test_a_database_that_openssl_sealed_is_adopted(
    world: World, old: OldBackups, progress: Progress, options: list[str]
) -> None:
    old.seal(old.database(STAMP, BEFORE), *options)
    item = only(planned(world, old, progress))
    assert (item.verdict, item.size) == ("adopt", len(BEFORE))
    assert item.sealed.startswith("openssl enc -aes-256-cbc -")


def test_a_database_that_was_sealed_and_not_packed_is_adopted(
    world: World, old: OldBackups, progress: Progress
) -> None:
    plain = old.path("databases", f"atheme_{STAMP}.db")
    plain.write_bytes(BEFORE)
    old.seal(plain)
    assert only(planned(world, old, progress)).verdict == "adopt"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ssl/ssl_20251227.tar.gz", "ssl"),
        ("old/certificates-20251227.tar.gz", "ssl"),
        ("tls/20251227.tar.gz", "ssl"),
        ("config/20251227.tar.gz", "config"),
        ("ssl/config_20251227.tar.gz", "config"),
        ("old/modules-20251227.tar.gz", ""),
    ],
)
def test_an_archive_is_of_what_its_name_or_the_nearest_folder_says(
    world: World, old: OldBackups, progress: Progress, name: str, what: str
) -> None:
    old.archive("x", STAMP).rename(old.path(*name.split("/")))
    item = only(planned(world, old, progress))
    assert (item.verdict, item.what) == (("adopt", what) if what else ("left-out", ""))
    assert what or item.why == "whole (2 files, 20 B), and its name does not say what it is of"
    assert not item.damaged


def test_archives_of_a_name_that_the_databases_have_stay_out(world: World, old: OldBackups, progress: Progress) -> None:
    old.archive("config", STAMP)
    world.engine.site.source.name = "config"  # type: ignore[misc]  # it is a field of this source
    assert "config.imported is what databases" in only(planned(world, old, progress)).why


def test_another_passphrase_or_none_is_not_called_damage(world: World, old: OldBackups, progress: Progress) -> None:
    old.archive("ssl", STAMP, sealed=True)
    for how, told in ((reading("hunter2"), "cannot be told apart"), (reading(), "none was given")):
        (item,) = planned(world, old, progress, how).left_out
        assert told in item.why
        assert not item.damaged
        assert "hunter2" not in str(item)


def plain(old: OldBackups) -> Path:
    return old.database(STAMP, BEFORE)


def tables(old: OldBackups) -> Path:
    return old.sqlite(STAMP, NAMED)


def sealed(old: OldBackups) -> Path:
    return old.seal(plain(old))


def tar(old: OldBackups) -> Path:
    return old.archive("config", STAMP)


def sealed_tar(old: OldBackups) -> Path:
    return old.archive("ssl", STAMP, sealed=True)


Make = Callable[[OldBackups], Path]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    return content[:200] + bytes([content[200] ^ 1]) + content[201:]


@pytest.mark.parametrize(
    ("make", "spoil", "why"),
    [
        (plain, cut, "cut off"),
        (plain, flipped, "does not unpack"),
        (plain, lambda content: content + b"x", "does not unpack"),
        (plain, lambda content: content[:-4] + b"\1\2\3\4", "does not unpack"),
        (plain, lambda _: b"", "it is empty"),
        (plain, lambda _: gzip.compress(b""), "it is empty"),
        (plain, lambda _: gzip.compress(BEFORE[:-1]), "fault"),
        (plain, lambda _: gzip.compress(cut(BEFORE)), "fault"),
        (tables, lambda content: gzip.compress(gzip.decompress(content)[:-99]), "fault"),
        (sealed, cut, "cut off"),
        (sealed, flipped, "does not unpack"),
        (tar, lambda content: gzip.compress(gzip.decompress(content)[:700]), "the mark of its end"),
        (tar, lambda content: gzip.compress(gzip.decompress(content)[:512]), "the mark of its end"),
        (tar, lambda content: gzip.compress(gzip.decompress(content)[:1030]), "within a file"),
        (tar, lambda content: gzip.compress(gzip.decompress(content)[:700] + bytes(9540)), "checksum"),
        (sealed_tar, cut, "cut off"),
    ],
)
def test_what_is_damaged_is_named_as_that_and_stays_out(
    world: World, old: OldBackups, make: Make, spoil: Callable[[bytes], bytes], why: str
) -> None:
    path = make(old)
    path.write_bytes(spoil(path.read_bytes()))
    plan = planned(world, old, RecordingProgress())
    (item,) = plan.items
    assert (item.verdict, item.damaged) == ("left-out", True)
    assert why in item.why
    assert any(line.startswith(f"! {item.name}: damaged: ") for line in plan.details())


def test_a_copy_with_faults_is_left_to_splice(world: World, old: OldBackups, progress: Progress) -> None:
    old.database(STAMP, BEFORE[:-1])
    (item,) = planned(world, old, progress).left_out
    assert "--from-damaged" in item.hint


def test_a_bomb_is_refused_by_the_limit_and_never_in_memory(world: World, old: OldBackups, progress: Progress) -> None:
    path = old.path("databases", f"atheme_{STAMP}.db.gz")
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"SQLite format 3\0")
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    (item,) = planned(world, old, progress, reading(limit=32 << 20)).left_out
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more than 33.6 MB" in item.why
    assert "--limit" in item.hint
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"OBJECT NickCore\n", "anope"),
        (b"age-encryption.org/v1\n", "age"),
        (gzip.compress(gzip.compress(BEFORE)), "more than once"),
        (gzip.compress(b"nothing that is known\n"), "nothing in it"),
    ],
    ids=["anope", "age", "packed twice", "unknown"],
)
def test_what_is_something_else_is_neither_good_nor_damaged(
    world: World, old: OldBackups, progress: Progress, content: bytes, why: str
) -> None:
    old.path("databases", f"atheme_{STAMP}.db.gz").write_bytes(content)
    (item,) = planned(world, old, progress).left_out
    assert why in item.why
    assert not item.damaged


def test_links_are_not_followed_and_pipes_not_waited_for(
    world: World, old: OldBackups, progress: Progress, tmp_path: Path
) -> None:
    elsewhere = OldBackups(tmp_path / "elsewhere")
    secret = elsewhere.database(STAMP, BEFORE)
    old.path("databases", "atheme_latest.db.gz").symlink_to(secret)
    (old.folder / "ssl").symlink_to(elsewhere.folder)
    old.path("databases", "dangling.db.gz").symlink_to("nothing")
    os.mkfifo(old.path("databases", "pipe.db"))
    plan = planned(world, old, progress)
    assert sorted((item.name, item.verdict) for item in plan.items) == [
        ("databases/atheme_latest.db.gz", "left-out"),
        ("databases/dangling.db.gz", "left-out"),
        ("databases/pipe.db", "left-out"),
        ("ssl", "left-out"),
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: another user")
def test_a_folder_that_may_not_be_read_is_named_and_hides_nothing_else() -> None:
    with open_folder() as folder:
        old = OldBackups(folder / "backup")
        old.database(STAMP, BEFORE)
        old.path("ssl", "x").parent.chmod(0o700)
        with unprivileged():
            found = import_walk.walk(old.folder)
    assert [bool(item.trouble) for item in found] == [False, True]
    assert "uid" in found[1].trouble


def test_a_link_that_comes_after_the_look_is_not_followed(
    world: World, old: OldBackups, progress: Progress, tmp_path: Path
) -> None:
    path = old.database(STAMP, BEFORE)
    plan = planned(world, old, progress)
    shutil.move(path, tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    report = world.engine.import_folder(plan, reading(), by="test", progress=progress)
    assert report.snapshots == ()
    assert len(report.failed) == 1


@pytest.mark.parametrize(
    "name", [b"atheme_\x1b[31m20251227_020000.db", b"caf\xe9 20251227_020000.db", b"x" * 230 + b"\n20251227_020000.db"]
)
def test_a_strange_name_is_shown_as_what_can_be_shown(
    world: World, old: OldBackups, progress: Progress, name: bytes
) -> None:
    Path(os.fsdecode(os.fsencode(old.folder) + b"/" + name)).write_bytes(BEFORE)
    plan = planned(world, old, progress)
    assert only(plan).made_at == datetime(2025, 12, 27, 2, tzinfo=UTC)
    (snapshot,) = world.engine.import_folder(plan, reading(), by="test", progress=progress).snapshots
    assert snapshot.reason.isprintable()
    assert world.engine.repository.snapshots("services.imported") == (snapshot,)
    assert not world.engine.repository.problems


def test_a_copy_whose_log_lies_beside_it_is_left_out(world: World, old: OldBackups, progress: Progress) -> None:
    packed = old.sqlite(STAMP, NAMED)
    typed("gunzip", packed)
    plain = packed.with_suffix("")
    plain.with_name(f"{plain.name}-wal").write_bytes(b"what is not in it yet")
    assert "log lies beside it" in only(planned(world, old, progress), ".db").why


# --- times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "in_gzip", "made_at"),
    [
        ("atheme_20251227_020000.db.gz", 1_780_000_000, "2025-12-27 02:00 by its name"),
        ("atheme.db.gz", 1_780_000_000, "2026-05-28 20:26 by its gzip header"),
        ("atheme.db.gz", 0, "2026-09-21 14:13 by its file's time"),
        ("atheme_20991227_020000.db.gz", 0, "2026-09-21 14:13 by its file's time"),
        ("atheme_20251399_020000.db.gz", 0, "2026-09-21 14:13 by its file's time"),
    ],
)
def test_a_copy_is_of_the_time_in_its_name_or_of_the_file_that_was_packed(
    world: World, old: OldBackups, name: str, in_gzip: int, made_at: str
) -> None:
    path = old.path("databases", name)
    path.write_bytes(gzip.compress(BEFORE, mtime=in_gzip))
    os.utime(path, (1_790_000_000,) * 2)
    item = only(planned(world, old, RecordingProgress()))
    assert item.verdict == "adopt"
    assert f"{item.made_at:%Y-%m-%d %H:%M} by {item.dated_by}" == made_at


def test_a_copy_of_the_future_is_left_out(world: World, old: OldBackups, progress: Progress) -> None:
    path = old.path("databases", "atheme_20991227_020000.db")
    path.write_bytes(BEFORE)
    os.utime(path, (4_000_000_000,) * 2)
    (item,) = planned(world, old, progress).left_out
    assert "future" in item.why
    assert not item.damaged


# --- without end ---------------------------------------------------------------------------------


def test_a_folder_that_is_no_backup_folder_is_refused(
    world: World, old: OldBackups, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_walk, "MOST", 3)
    for number in range(4):
        old.path("databases", f"{number}.db").write_bytes(b"")
    with pytest.raises(SourceUnreadable, match="more than 3 files"):
        planned(world, old, progress)


def test_folders_without_end_are_not_gone_through(world: World, old: OldBackups, progress: Progress) -> None:
    old.path("/".join("abcdefg"), "deep.db").write_bytes(BEFORE)
    assert "folders down" in only(planned(world, old, progress)).why


@given(
    garbage=st.binary(max_size=200), head=st.sampled_from([b"", b"Salted__", b"\x1f\x8b\x08\0", b"SQLite format 3\0"])
)
@settings(max_examples=60)
def test_whatever_lies_there_gets_an_answer(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes, head: bytes
) -> None:
    folder = tmp_path_factory.mktemp("world")
    old = OldBackups(folder / "backup")
    old.path("databases", f"atheme_{STAMP}.db.gz").write_bytes(head + garbage)
    assert only(planned(make_world(folder, FakeClock()), old, RecordingProgress())).verdict == "left-out"
