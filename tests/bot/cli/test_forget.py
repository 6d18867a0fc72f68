"""`backupserv forget`, as it is typed."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.cli.test_command_line import VECTORS, Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with one snapshot, in which alice is; the living database has her too."""
    host = Host(tmp_path)
    host.run("backup")
    return host


def test_somebody_is_forgotten_listed_and_taken_back(host: Host) -> None:
    """What is not done is said; the list tells no name; the round ends where it began."""
    said = host.run("forget", "alice_alt", "--yes")
    assert "alice (registered 2026-11-23, also Alice|away, alice_alt), in the living database and in 1 snapshot" in said
    assert "FORGOTTEN since" in said
    assert "/msg NickServ FDROP alice" in said
    assert "until they are pruned" in said
    (line,) = host.run("forget", "--list").splitlines()
    stone, day, rest = line.split("  ")
    assert "4 tags" in rest
    assert "alice" not in line.lower()
    assert f"forgotten since {day}" in host.run("forget", "alice", "--yes")
    assert f"tombstone {stone} of {day} is lifted" in host.run("forget", "--undo", stone.lower())
    assert ", lifted " in host.run("forget", "--list")
    assert "no tombstone of that id holds" in host.run("forget", "--undo", stone, code=4)


def test_nothing_is_done_where_nobody_agreed(host: Host) -> None:
    assert "--yes" in host.run("forget", "alice", code=3)
    assert "--yes" in host.run("forget", "alice", "--json", code=3)
    assert "nobody was forgotten" in host.run("forget", "--list")


@pytest.mark.parametrize(("typed", "code"), [("yes", 0), ("y", 3), ("", 3)])
def test_the_word_yes_is_asked_for(host: Host, typed: str, code: int) -> None:
    outer, inner = pty.openpty()
    words = [sys.executable, "-m", "bot", "--config", str(host.folder / "bot.toml"), "--quiet", "forget", "alice"]
    with subprocess.Popen(words, stdin=inner, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
        os.close(inner)
        os.write(outer, f"{typed}\n".encode())
        said, _ = asked.communicate(timeout=60)
    os.close(outer)
    assert "leave that person out" in said
    assert (asked.returncode, "FORGOTTEN" in said) == (code, code == 0)


def test_machines_are_told_everything(host: Host) -> None:
    told = json.loads(host.run("forget", "alice", "--yes", "--json"))
    assert told["done"] is True
    assert [stone["tags"] for stone in told["tombstones"]] == [4]
    assert told["bearers"][0]["names"] == ["Alice|away", "alice", "alice_alt"]
    assert told["not_looked_into"] == []
    (stone,) = json.loads(host.run("forget", "--list", "--json"))
    assert (stone["id"], stone["lifted"]) == (told["tombstones"][0]["id"], None)


def test_wrong_use_and_nobody_found_have_their_codes(host: Host) -> None:
    assert "neither in the living database nor in any snapshot" in host.run("forget", "nobody", "--yes", code=4)
    assert "alice was registered 1999" in host.run("forget", "alice", "--registered", "1999-01-01", "--yes", code=4)
    assert "usage" in host.run("forget", code=2)
    assert "usage" in host.run("forget", "alice", "--list", code=2)


def test_of_two_who_bore_the_name_one_is_chosen(host: Host) -> None:
    content = (VECTORS / "before.db").read_bytes()
    (row,) = (line for line in content.split(b"\n") if line.startswith(b"MU AAAAAAAAC alice "))
    host.database.write_bytes(content.replace(row, row.replace(b"1795396558", b"1700000000", 1)))
    said = host.run("forget", "alice", "--yes", code=3)
    assert "2 accounts bore alice" in said
    assert "--registered" in said
    assert said.count("alice (registered") == 2
    assert "1 snapshot" in host.run("forget", "alice", "--registered", "2026-11-23", "--yes")
    assert len(host.run("forget", "--list").splitlines()) == 1
    assert host.run("forget", "alice", "--all", "--yes").count("FORGOTTEN") == 2
    assert len(host.run("forget", "--list").splitlines()) == 2


def test_a_lost_key_is_no_answer(host: Host) -> None:
    """Exit 6: it could not be checked. `check` tells it before the night in which a restore is needed."""
    host.run("forget", "alice", "--yes")
    assert "ok    who was forgotten – 1 tombstone" in host.run("check")
    (host.folder / "state" / "tombstone.key").unlink()
    for words in (["--list"], ["alice", "--yes"], ["--undo", "222222"]):
        assert "who was forgotten cannot be told" in host.run("forget", *words, code=6)
    assert "FAIL  who was forgotten" in host.run("check", code=1)


def test_no_file_of_the_state_directory_tells_who_it_was(host: Host) -> None:
    """Nor anything that the verb left anywhere else in the folder; the databases themselves are another matter."""
    shutil.rmtree(host.folder / "state")
    host.run("forget", "alice", "--yes", "--debug")
    for path in (path for path in (host.folder / "state").rglob("*") if path.is_file()):
        assert b"ALIC" not in path.read_bytes().upper(), path
