"""Capturing a living SQLite database: one moment of it, whatever writes to it, and never a change to it."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.control.silent import SilentServices
from core.domain.errors import SourceDamaged, SourceUnreadable
from core.repository.layout import default_folder, object_key
from core.sources.atheme import AthemeSettings, AthemeSource
from core.sources.sqlite import SqliteSettings, SqliteSource
from tests.core.registrations.tables.village import ALICE, BEFORE, NAMED, OTHERS, changed, rows
from tests.core.sources.busy_writer import prepare, pulses, writing
from tests.fakes import RecordingProgress

SCRIPT = NAMED + OTHERS + ALICE


def source(database: Path, **changes: object) -> SqliteSource:
    settings = SqliteSettings.model_validate({"kind": "sqlite", "database": database} | changes)
    return SqliteSource(name="tables", settings=settings)


def seen(folder: Path) -> dict[str, str]:
    """Every file with its digest."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@contextmanager
def held(database: Path, *statements: str) -> Iterator[sqlite3.Connection]:
    """A program that has the database open."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "live" / "services.db"
    path.parent.mkdir()
    path.write_bytes(BEFORE)
    return path


def test_a_capture_is_the_database_checked_and_counted(database: Path, progress: RecordingProgress) -> None:
    os.utime(database, (1_700_000_000, 1_700_000_000))
    capture = source(database).capture(progress)
    assert rows(capture.content) == rows(BEFORE)
    assert capture.extension == "sqlite"
    assert capture.saved_at.timestamp() == 1_700_000_000
    assert capture.saved_at.tzinfo is not None
    assert capture.counts["accounts"] == 2
    assert capture.findings == ()
    assert source(database).inspect(capture.content) == (capture.counts, ())
    assert progress.steps == ["copying services.db", "checking the database"]


def test_an_unchanged_database_gives_the_same_bytes(database: Path, progress: RecordingProgress) -> None:
    """So that it is stored once."""
    assert source(database).capture(progress).content == source(database).capture(progress).content


def test_its_snapshots_lie_among_the_databases() -> None:
    assert (
        object_key("n/h", default_folder("sqlite"), "tables", "id", "sqlite", full=True)
        == "n/h/databases/tables/id-full.sqlite.zst.age"
    )


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_under_hundreds_of_commits_a_second_every_copy_is_of_one_moment(
    tmp_path: Path, progress: RecordingProgress, journal: str
) -> None:
    database = tmp_path / "busy.db"
    prepare(database, journal, SCRIPT)
    with writing(database) as writer:
        started, before = time.monotonic(), writer.commits()
        copies = [source(database, busy_timeout_seconds=30).capture(progress) for _ in range(20)]
        rate = (writer.commits() - before) / (time.monotonic() - started)
    numbers = [pulses(copy.content) for copy in copies]
    assert all(len(number) == 1 for number in numbers)
    assert len({min(number) for number in numbers}) > 1, "nothing was written meanwhile"
    assert rate > 50
    assert all(copy.findings == () for copy in copies)


def test_what_lies_in_the_log_is_in_the_copy(database: Path, progress: RecordingProgress) -> None:
    added = "INSERT INTO account_table VALUES ('dora', 'x', NULL, 1, 1)"
    with held(database, "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", added):
        assert b"dora" not in database.read_bytes()
        assert source(database).capture(progress).counts["accounts"] == 3


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_nothing_is_written_and_no_file_appears(database: Path, progress: RecordingProgress, journal: str) -> None:
    """A log made by another user would lock the database's own program out."""
    with held(database, f"PRAGMA journal_mode={journal}", "UPDATE account_table SET lastlogin = 7"):
        pass
    before = seen(database.parent)
    source(database).capture(progress)
    assert seen(database.parent) == before


def test_a_log_that_a_crash_left_is_read_too(database: Path, progress: RecordingProgress, tmp_path: Path) -> None:
    crashed = tmp_path / "crashed.db"
    added = "INSERT INTO account_table VALUES ('dora', 'x', NULL, 1, 1)"
    with held(database, "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", added):
        crashed.write_bytes(database.read_bytes())
        log = database.with_name("services.db-wal").read_bytes()
        crashed.with_name("crashed.db-wal").write_bytes(log)
    before = crashed.read_bytes()
    assert source(crashed).capture(progress).counts["accounts"] == 3
    assert crashed.read_bytes() == before
    assert crashed.with_name("crashed.db-wal").read_bytes() == log


def test_a_write_that_was_cut_short_is_for_its_own_program_to_finish(
    database: Path, progress: RecordingProgress, tmp_path: Path
) -> None:
    """A hot journal: the file holds half a transaction."""
    crashed = tmp_path / "crashed.db"
    statements = ("PRAGMA cache_size=1", "PRAGMA cache_spill=1", "BEGIN")
    with held(database, *statements) as writer:
        for number in range(3000):
            writer.execute("INSERT INTO account_table VALUES (?, 'x', NULL, 1, 1)", (f"user{number}",))
        crashed.write_bytes(database.read_bytes())
        crashed.with_name("crashed.db-journal").write_bytes(database.with_name("services.db-journal").read_bytes())
        writer.execute("ROLLBACK")
    before = seen(tmp_path / "live") | {crashed.name: sha256(crashed.read_bytes()).hexdigest()}
    with pytest.raises(SourceUnreadable, match="cut short"):
        source(crashed).capture(progress)
    assert sha256(crashed.read_bytes()).hexdigest() == before[crashed.name]


def test_a_database_that_somebody_locks_is_unreadable_and_not_damaged(
    database: Path, progress: RecordingProgress
) -> None:
    with held(database, "BEGIN EXCLUSIVE"), pytest.raises(SourceUnreadable, match="locked by another program"):
        source(database, busy_timeout_seconds=0.1).capture(progress)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"DBV 12\n", "no SQLite database"),
        (BEFORE[: len(BEFORE) // 2], "fault"),
        (BEFORE[:4096] + b"\xff" * 4096 + BEFORE[8192:], "fault"),
        (BEFORE[:100] + b"\0" * 8000, "fault"),
        (BEFORE[:16] + b"\xff" * 5000, "fault"),
    ],
    ids=["empty", "text", "half", "a page", "zeros", "garbage"],
)
def test_damage_never_becomes_a_backup(database: Path, progress: RecordingProgress, content: bytes, told: str) -> None:
    database.write_bytes(content)
    with pytest.raises(SourceDamaged, match=told) as caught:
        source(database).capture(progress)
    assert str(database) in caught.value.message
    assert database.read_bytes() == content


def test_what_cannot_be_read_is_not_called_damaged(tmp_path: Path, progress: RecordingProgress) -> None:
    with pytest.raises(SourceUnreadable, match="does not exist"):
        source(tmp_path / "none.db").capture(progress)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SourceUnreadable, match="Is a directory"):
        source(tmp_path).capture(progress)
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(SourceUnreadable, match="not a regular file"):
        source(tmp_path / "pipe.db").capture(progress)


def test_a_larger_database_than_the_limit_is_not_read(database: Path, progress: RecordingProgress) -> None:
    with pytest.raises(SourceUnreadable, match="larger than 100 bytes"):
        source(database, limit_bytes=100).capture(progress)


def test_a_link_is_followed_to_the_log_that_lies_beside_the_file(database: Path, progress: RecordingProgress) -> None:
    link = database.parent.parent / "link ?mode=rw#.db"
    link.symlink_to(database)
    added = "INSERT INTO account_table VALUES ('dora', 'x', NULL, 1, 1)"
    with held(database, "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", added):
        assert source(link).capture(progress).counts["accounts"] == 3
    assert {path.name for path in database.parent.parent.iterdir()} == {"live", link.name}


def test_atheme_s_source_reads_an_sqlite_file_as_what_it_is(database: Path, progress: RecordingProgress) -> None:
    """The first bytes decide, not the name and not the kind."""
    settings = AthemeSettings(kind="atheme", database=database)
    atheme = AthemeSource(name="services", settings=settings, services=SilentServices(), clock=SystemClock())
    capture = atheme.capture(progress)
    assert capture.extension == "sqlite"
    assert capture == source(database).capture(progress)
    assert atheme.inspect(capture.content) == (capture.counts, ())
    database.write_bytes(changed(BEFORE)[:9000])
    with pytest.raises(SourceDamaged, match="fault"):
        atheme.capture(progress)
