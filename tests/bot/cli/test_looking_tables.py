"""find, diff and export as they are typed, where accounts and channels lie in an SQLite database."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.cli.test_command_line import Host
from tests.bot.cli.test_looking_verbs import typed
from tests.core.registrations.tables.village import AFTER, BEFORE, BEFORE_NUMBERED


@pytest.fixture
def village(tmp_path: Path) -> Host:
    """A host whose network keeps its registrations in tables."""
    host = Host(tmp_path)
    config = tmp_path / "bot.toml"
    text = config.read_text().replace('kind = "atheme"', 'kind = "sqlite"')
    config.write_text(text.replace('control = { kind = "none" }\n', ""))
    host.database.write_bytes(BEFORE)
    return host


def test_find_diff_and_export_speak_of_tables_too(village: Host) -> None:
    village.run("backup")
    assert "in the living database" in village.run("find", "alice_")
    with closing(sqlite3.connect(village.database)) as live:
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("DELETE FROM account_table WHERE name = 'alice'")
        live.execute("DELETE FROM nick_table WHERE account = 'alice'")
        live.commit()
        told = village.run("find", "ALICE_")
        assert "not in the living database" in told
        assert "nick alice_ of account alice (registered 2019-03-02): in one snapshot" in told
        assert "backupserv restore user alice_ --from" in told
        assert "account alice dropped" in village.run("diff", "latest")
        assert "find" in village.run("export", "alice", code=4)
        told = village.run("export", "alice", "--from", "latest")
    assert json.loads(told)["account"]["email"] == "a@example.net"
    assert "hash-of" not in told
    assert village.run("find", "nobody", code=4).endswith("in none of 1 snapshots\n")


def test_two_files_of_tables_are_compared_and_inspected_without_a_configuration(tmp_path: Path) -> None:
    for name, content in (("before", BEFORE), ("after", AFTER), ("numbered", BEFORE_NUMBERED)):
        (tmp_path / f"{name}.sqlite").write_bytes(content)
    told = typed("diff", "./before.sqlite", "./after.sqlite", "--quiet", code=0, folder=tmp_path)
    assert "channel #alice dropped: founder alice (gone)" in told
    told = json.loads(typed("diff", "./before.sqlite", "./after.sqlite", "--json", code=0, folder=tmp_path))
    assert told["counts"]["account"] == {"dropped": 1}
    told = typed("diff", "./before.sqlite", "./numbered.sqlite", "--quiet", code=0, folder=tmp_path)
    assert "columns of the table of accounts: 1 new, 2 gone" in told
    assert typed("inspect", "before.sqlite", code=0, folder=tmp_path).startswith("GOOD ")


@pytest.mark.parametrize("bad", [BEFORE[:5000], BEFORE[:100] + bytes(len(BEFORE) - 100), b"SQLite format 3\0"])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "bad.sqlite").write_bytes(bad)
    (tmp_path / "good.sqlite").write_bytes(BEFORE)
    typed("diff", "./good.sqlite", "./bad.sqlite", "--quiet", code=5, folder=tmp_path)


def test_what_the_log_beside_a_file_holds_is_seen(tmp_path: Path) -> None:
    """A copy that somebody made of both files: the last hour is in the log."""
    (tmp_path / "before.sqlite").write_bytes(BEFORE)
    (tmp_path / "now.sqlite").write_bytes(BEFORE)
    with closing(sqlite3.connect(tmp_path / "now.sqlite", isolation_level=None)) as services:
        services.execute("PRAGMA journal_mode=WAL")
        services.execute("PRAGMA wal_autocheckpoint=0")
        services.execute("INSERT INTO account_table VALUES ('carol', 'x', 'y', 1700000000, 1)")
        told = typed("diff", "./before.sqlite", "./now.sqlite", "--quiet", code=0, folder=tmp_path)
        assert "account carol registered" in told
        assert "3 accounts" in typed("inspect", "now.sqlite", code=0, folder=tmp_path)
