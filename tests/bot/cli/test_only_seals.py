"""A host without an identity makes backups, and says plainly what it cannot do; keys in bad places are told."""

import json
import shutil
from pathlib import Path

import pytest

from bot.config import load
from core.crypto.age import generate_identity, write_identity
from tests.bot.cli.test_command_line import VECTORS, Host


@pytest.fixture
def sealing(tmp_path: Path) -> Host:
    """A host that has made two snapshots, and cannot open them."""
    host = Host(tmp_path)
    config = tmp_path / "bot.toml"
    config.write_text(config.read_text().replace(f', identity = "{host.key}"', ""))
    host.run("backup")
    shutil.copy(VECTORS / "after.db", host.database)
    assert "new" in host.run("backup")
    return host


def test_what_needs_an_identity_says_so_and_what_does_not_works(sealing: Host) -> None:
    """Exit code 6: nothing is known against the snapshots."""
    for words in (
        ["verify"],
        ["restore", "user", "alice", "--dry-run"],
        ["diff", "latest"],
        ["export", "alice", "--from", "latest", "--output", str(sealing.folder / "alice.json")],
        ["keys", "prove"],
        ["keys", "rotate"],
    ):
        assert "this host only seals" in sealing.run(*words, code=6), words
    assert len(sealing.run("snapshots").splitlines()) == 2
    assert "opened elsewhere" in sealing.run("keys", "list")
    assert "skip  keys – not opened here: this host only seals" in sealing.run("check")


def test_find_says_that_it_could_not_look(sealing: Host) -> None:
    assert "this host only seals" in sealing.run("find", "alice", code=6)


def test_whoever_holds_an_identity_proves_it_there(sealing: Host) -> None:
    """Brought along on a stick, and gone again."""
    assert "opens the newest snapshot" in sealing.run("keys", "prove", str(sealing.key))


def test_an_identity_among_the_copies_stops_backups_and_not_restores(tmp_path: Path) -> None:
    """Whoever takes the copies would have the key; what is there may still be needed tonight."""
    host = Host(tmp_path)
    host.run("backup")
    config, moved = tmp_path / "bot.toml", tmp_path / "repository" / "host.key"
    host.key.rename(moved)
    config.write_text(config.read_text().replace(str(host.key), str(moved)))
    assert "inside the storage disk" in host.run("backup", code=2)
    assert "inside the storage disk" in host.run("run", code=2)
    assert "FAIL  where keys lie" in host.run("check", code=1)
    shutil.copy(VECTORS / "after.db", host.database)
    assert "founder of #alpha" in host.run("restore", "user", "alice", "--dry-run")


def test_a_recovery_key_that_is_still_here_is_pointed_at(tmp_path: Path) -> None:
    """It is no failure: the exit code stays 0."""
    host = Host(tmp_path)
    assert "ok    where keys lie – of 2 recipients 1" in host.run("check")
    (tmp_path / "state" / "recovery.key").write_text(generate_identity()[0])
    assert "LOOK  where keys lie – the recovery key still lies on this host" in host.run("check")
    outcomes = json.loads(host.run("check", "--json"))
    assert [one["verdict"] for one in outcomes if one["what"] == "where keys lie"] == ["look"]


def test_keys_that_lie_inside_of_a_saved_tree_are_refused(tmp_path: Path) -> None:
    """Also where one file holds both: nobody could ever open such a backup. A tree beside them is welcome."""
    host = Host(tmp_path)
    config, keys = host.folder / "bot.toml", host.folder / "keys"
    keys.mkdir()
    (identity, ours), (paper, recovery) = generate_identity(), generate_identity()
    write_identity(keys / "host.key", f"{identity}\n{paper}")
    tree = f'[sources.config]\nkind = "files"\nroot = "{host.folder}"\nfolder = "config"\npaths = ["keys"]\n'
    known = load(config).keys.recipients
    text = config.read_text().replace(known[0], ours).replace(known[1], recovery)
    text = text.replace(str(host.key), str(keys / "host.key"))
    config.write_text(text + tree)
    said = host.run("backup", code=2)
    assert "only copies of the identities lie inside what they open" in said
    assert "in the source config (keys)" in said
    assert "FAIL  where keys lie" in host.run("check", code=1)
    assert not [name for name in host.files() if name.endswith(".json")]
    config.write_text(text.replace(recovery, generate_identity()[1]) + tree)
    host.run("backup")
    config.write_text(text)
    assert "LOOK  where keys lie – every key that opens" in host.run("check")
