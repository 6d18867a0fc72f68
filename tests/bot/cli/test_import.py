"""`backupserv import`, as it is typed: a plan, a question, and snapshots that a restore can take from."""

import gzip
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.bot.cli.test_command_line import VECTORS, Host
from tests.core.operations.old_backups import PASSPHRASE, OldBackups

BEFORE, AFTER = ((VECTORS / name).read_bytes() for name in ("before.db", "after.db"))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Its living database has lost alice, and no snapshot was ever made."""
    host = Host(tmp_path)
    shutil.copy(VECTORS / "after.db", host.database)
    return host


@pytest.fixture
def old(tmp_path: Path) -> OldBackups:
    old = OldBackups(tmp_path / "backup")
    old.database("20251227_020000", BEFORE)
    old.database("20251228_020000", AFTER)
    return old


def word(old: OldBackups) -> str:
    return str(old.folder)


def secret(folder: Path, text: str, name: str = "passphrase") -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def test_the_whole_round(host: Host, old: OldBackups) -> None:
    """Day one: import, back up, and alice comes back out of a copy that is older than we are."""
    told = host.run("import", word(old), "--zone", "UTC", "--dry-run")
    assert "databases: 2 to adopt, 2025-12-27 02:00Z … 2025-12-28 02:00Z" in told
    assert not (host.folder / "repository").exists()
    assert "ADOPTED 2 snapshots" in host.run("import", word(old), "--zone", "UTC", "--yes")
    host.run("backup")
    newest, *older = host.run("snapshots").splitlines()
    assert "services.imported" not in newest
    assert ["2025-12-2" in line and "imported from databases/atheme_2025" in line for line in older] == [True, True]
    assert "is good (level 3 of 3, on disk)" in host.run("verify", "2025-12-27 12:00")
    assert "services.imported" in host.run("restore", "user", "alice", "--yes")
    assert b"MN alice alice_alt" in host.database.read_bytes()
    assert "nothing new to adopt" in host.run("import", word(old), "--zone", "UTC", "--yes")


def test_nothing_is_done_where_nobody_agreed(host: Host, old: OldBackups) -> None:
    assert "--yes" in host.run("import", word(old), code=3)
    assert "--yes" in host.run("import", word(old), "--json", code=3)
    assert "no snapshot yet" in host.run("snapshots")


def test_what_was_left_out_is_named_and_is_something_to_look_at(host: Host, old: OldBackups) -> None:
    half = old.path("databases", "atheme_20251229_020000.db.gz")
    half.write_bytes(gzip.compress(BEFORE)[:999])
    told = host.run("import", word(old), "--yes", code=1)
    assert "! databases/atheme_20251229_020000.db.gz: damaged: it ends before it is unpacked" in told
    assert "ADOPTED 2 snapshots" in told
    assert "left out 1" in told


def test_a_folder_without_backups_and_one_that_is_not_there(host: Host, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("nothing\n")
    assert "there is no backup in" in host.run("import", str(tmp_path / "notes"), code=4)
    assert "cannot be read" in host.run("import", str(tmp_path / "none"), code=6)
    assert "Mars is no time zone" in host.run("import", str(tmp_path / "notes"), "--zone", "Mars", code=2)
    assert "usage" in host.run("import", code=2)


def test_a_passphrase_comes_from_a_file_or_the_environment_and_is_never_shown(
    host: Host, old: OldBackups, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.seal(old.path("databases", "atheme_20251227_020000.db.gz"))
    assert "none was given" in host.run("import", word(old), "--dry-run", code=1)
    wrong = secret(host.folder, "hunter2\n", "wrong")
    right = secret(host.folder, f"{PASSPHRASE}\nanother line\n")
    told = host.run("import", word(old), "--passphrase-file", wrong, "--dry-run", code=1)
    assert "cannot be told apart" in told
    both = ["--passphrase-file", wrong, "--passphrase-file", right]
    told = host.run("import", word(old), *both, "--dry-run") + told
    assert "1 opened as `openssl enc -aes-256-cbc -" in told
    monkeypatch.setenv("BACKUP_ENCRYPTION_KEY", PASSPHRASE)
    told += host.run("import", word(old), "--dry-run")
    monkeypatch.setenv("OTHER", PASSPHRASE)
    monkeypatch.delenv("BACKUP_ENCRYPTION_KEY")
    told += host.run("import", word(old), "--passphrase-env", "OTHER", "--json", "--yes")
    assert "hunter2" not in told
    assert PASSPHRASE not in told
    assert PASSPHRASE not in "".join(path.read_text() for path in (host.folder / "state").glob("*.jsonl"))


def test_iterations_that_nobody_can_guess_are_said(host: Host, old: OldBackups) -> None:
    old.seal(old.path("databases", "atheme_20251227_020000.db.gz"), "-pbkdf2", "-iter", "4321", "-md", "sha512")
    passphrase = ["--passphrase-file", secret(host.folder, PASSPHRASE)]
    host.run("import", word(old), *passphrase, "--dry-run", code=1)
    told = host.run("import", word(old), *passphrase, "--iter", "4321", "--md", "sha512", "--dry-run")
    assert "-pbkdf2 -iter 4321 -md sha512" in told
    assert "usage" in host.run("import", word(old), "--iter", "0", code=2)


def test_a_passphrase_that_others_can_read_is_refused(host: Host, old: OldBackups) -> None:
    path = secret(host.folder, PASSPHRASE)
    Path(path).chmod(0o644)
    assert "chmod 600" in host.run("import", word(old), "--passphrase-file", path, code=2)


def test_on_a_terminal_the_passphrase_and_a_yes_are_asked_for(host: Host, old: OldBackups) -> None:
    old.seal(old.path("databases", "atheme_20251227_020000.db.gz"))
    outer, inner = pty.openpty()
    words = [sys.executable, "-m", "bot", "--config", str(host.folder / "bot.toml"), "--quiet", "import", word(old)]
    with subprocess.Popen(
        words, stdin=inner, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as asked:
        os.close(inner)
        asks = _until(asked.stderr, "leave them out): ")  # the echo is off by now
        os.write(outer, f"{PASSPHRASE}\n".encode())
        told = _until(asked.stdout, "Type yes to go on: ")
        os.write(outer, b"yes\n")
        rest, more = asked.communicate(timeout=60)
    os.close(outer)
    assert asked.returncode == 0, told + more
    assert "1 opened as `openssl enc" in told
    assert "ADOPTED 2 snapshots" in rest
    assert PASSPHRASE not in asks + told + rest + more


def _until(stream: IO[str] | None, end: str) -> str:
    """What is said up to a question, or to the end."""
    assert stream is not None
    said = ""
    while not said.endswith(end) and (letter := stream.read(1)):
        said += letter
    return said


def test_machines_are_told_everything(host: Host, old: OldBackups) -> None:
    old.archive("modules", "20251227_020000")
    told = json.loads(host.run("import", word(old), "--zone", "UTC", "--json", "--yes", code=1))
    assert told["done"] is True
    assert [one["source"] for one in told["snapshots"]] == ["services.imported"] * 2
    assert [one["file"] for one in told["left_out"]] == ["modules/modules_20251227_020000.tar.gz"]
    files = {one["file"]: one for one in told["plan"]["files"]}
    assert files["databases/atheme_20251227_020000.db.gz"]["made_at"] == "2025-12-27T02:00:00+00:00"
    assert files["databases/atheme_20251227_020000.db.gz"]["verdict"] == "adopt"
