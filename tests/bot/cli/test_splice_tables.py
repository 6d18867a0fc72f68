"""`backupserv splice` where accounts and channels lie in SQLite: a whole result, or a sentence and nothing written."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.main import main
from core.formats.sqlite import check
from tests.core.registrations.tables.village import AFTER, BEFORE, BEFORE_NUMBERED, NAMED, OTHERS, made, rows, rows_of

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"


class Desk:
    """Two files, and what comes of them."""

    def __init__(self, folder: Path) -> None:
        self.old, self.current, self.out = (folder / name for name in ("old.sqlite", "current.sqlite", "new.sqlite"))
        self.old.write_bytes(BEFORE)
        self.current.write_bytes(AFTER)

    def splice(self, *words: str) -> int:
        files = ["--from", str(self.old), "--into", str(self.current), "--out", str(self.out)]
        return main(["splice", *files, *words])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_account_comes_with_its_nicks_and_access_and_nothing_else_changes(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.splice("--account", "ALICE_", "--founded") == 0
    told = capsys.readouterr().out
    assert "hash-of" not in told
    assert "-wal, -shm and -journal" in told
    assert rows(desk.out.read_bytes()) == rows(BEFORE)
    assert check(desk.out.read_bytes()) == ()
    assert desk.out.stat().st_mode & 0o777 == 0o600
    assert (desk.old.read_bytes(), desk.current.read_bytes()) == (BEFORE, AFTER)


def test_a_channel_comes_back_under_a_founder_who_is_there(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.splice("--channel", "#ALICE", "--json") == 3
    assert "founder NICK" in json.loads(capsys.readouterr().out)["plan"]["blocked"]
    assert not desk.out.exists()
    assert desk.splice("--channel", "#alice", "--founder", "bob") == 0
    assert ("#alice", "bob", 1551500000, 1700000000) in rows_of(desk.out.read_bytes(), "chan_table")


def test_what_is_in_the_way_and_not_chosen_ends_with_3(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """And is met by a choice, as in Atheme's file."""
    assert desk.splice("--account", "bob") == 3
    assert "CANNOT: account bob exists now" in capsys.readouterr().out
    assert not desk.out.exists()
    assert desk.splice("--account", "bob", "--as", "bob2") == 0
    assert "bob2" in {row[0] for row in rows_of(desk.out.read_bytes(), "account_table")}


def test_groups_and_unknown_names_are_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.splice("--group", "!g") == 3
    assert "no groups" in capsys.readouterr().err
    assert desk.splice("--account", "nobody") == 4
    assert not desk.out.exists()


@pytest.mark.parametrize("which", ["old", "current"])
@pytest.mark.parametrize(
    "bad",
    [BEFORE[:6000], BEFORE[:100] + bytes(len(BEFORE) - 100), BEFORE[:16], b""],
    ids=["cut", "zeros", "16", "empty"],
)
def test_a_damaged_file_is_refused_and_named(
    desk: Desk, which: str, bad: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut off, overwritten, or empty."""
    getattr(desk, which).write_bytes(bad)
    assert desk.splice("--account", "alice") == 5
    told = capsys.readouterr()
    assert ("the old database" if which == "old" else "the current database") in told.err
    assert "Traceback" not in told.err
    assert not desk.out.exists()


@pytest.mark.parametrize("which", ["old", "current"])
def test_two_formats_are_not_spliced_into_each_other(
    desk: Desk, which: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(VECTORS / "before.db", getattr(desk, which))
    assert desk.splice("--account", "alice") == 3
    assert "are of different formats" in capsys.readouterr().err
    assert not desk.out.exists()


def test_two_shapes_of_tables_are_matched_by_their_columns(desk: Desk) -> None:
    """What the current one has no column for is left out; what it needs and nobody has is said."""
    desk.old.write_bytes(BEFORE_NUMBERED)
    assert desk.splice("--account", "alice") == 0
    assert {row[0] for row in rows_of(desk.out.read_bytes(), "account_table")} == {"alice", "bob"}


def test_a_database_in_wal_mode_stays_in_it_and_what_its_log_holds_is_there(desk: Desk) -> None:
    """Carol registered a moment ago, and only the log beside the file has her; the log is not touched."""
    with closing(sqlite3.connect(desk.current, isolation_level=None)) as services:
        services.execute("PRAGMA journal_mode=WAL")
        services.execute("PRAGMA wal_autocheckpoint=0")
        services.execute("INSERT INTO account_table VALUES ('carol', 'x', 'y', 1700000000, 1700000000)")
        log = desk.current.with_name("current.sqlite-wal")
        before = (desk.current.read_bytes(), log.read_bytes())
        assert b"carol" not in before[0]
        assert desk.splice("--account", "alice") == 0
        assert (desk.current.read_bytes(), log.read_bytes()) == before
    assert {row[0] for row in rows_of(desk.out.read_bytes(), "account_table")} == {"alice", "bob", "carol"}
    with closing(sqlite3.connect(desk.out)) as spliced:
        assert spliced.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert spliced.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_that_was_closed_in_wal_mode_needs_no_log(desk: Desk, tmp_path: Path) -> None:
    """And no file is left beside it."""
    for path in (desk.old, desk.current):
        with closing(sqlite3.connect(path)) as services:
            services.execute("PRAGMA journal_mode=WAL")
    assert desk.splice("--account", "alice", "--dry-run") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current.sqlite", "old.sqlite"]


def test_triggers_that_would_change_more_are_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written that the plan does not say."""
    trigger = """
    CREATE TRIGGER t AFTER INSERT ON account_table
    BEGIN UPDATE account_table SET email = 'x' WHERE name = 'bob'; END;
    """
    desk.current.write_bytes(made(NAMED, OTHERS, trigger))
    assert desk.splice("--account", "alice") != 0
    assert "it has triggers" in capsys.readouterr().err
    assert not desk.out.exists()


def test_it_needs_no_configuration(desk: Desk, tmp_path: Path) -> None:
    """As a program of its own, from a folder with two files in it."""
    words = ["splice", "--from", "old.sqlite", "--into", "current.sqlite", "--out", "new.sqlite", "--account", "alice"]
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert check(desk.out.read_bytes()) == ()
