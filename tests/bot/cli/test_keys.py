"""Keys at work: whoever holds one can prove it, a new one takes over, and old snapshots still open."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from bot.config import load
from core.crypto.age import generate_identity, write_identity
from core.crypto.identities import is_sealed, read_identities, recipient_of, seal_identities
from core.domain.errors import IdentityMissing
from core.lock import Lock
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.conftest import require


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host that holds one identity; the recovery key lies elsewhere."""
    host = Host(tmp_path)
    identity, recipient = generate_identity()
    (tmp_path / "paper").write_text(f"# typed from paper\n{identity}\n")
    config = tmp_path / "bot.toml"
    known = load(config).keys.recipients
    config.write_text(config.read_text().replace(known[1], recipient))
    return host


def recipients(host: Host) -> list[str]:
    return load(host.folder / "bot.toml").keys.recipients


def test_the_recovery_key_is_proven_and_the_proof_is_remembered(host: Host) -> None:
    """From a file of any mode: it opens a probe, and the newest snapshot with all that it rests on."""
    ours, paper = recipients(host)
    assert "never proven" in host.run("keys", "list")
    host.run("backup")
    said = host.run("keys", "prove", str(host.folder / "paper"))
    assert f"opens what is sealed to {paper}" in said
    assert ours not in said
    assert "opens the newest snapshot" in said
    listed = {one["recipient"]: one for one in json.loads(host.run("keys", "list", "--json"))["recipients"]}
    assert listed[paper]["proven_at"]
    assert listed[paper]["opened_here"] is False
    assert listed[ours]["opened_here"] is True
    assert not listed[ours]["proven_at"]
    assert f"opens what is sealed to {ours}" in host.run("keys", "prove")


def test_another_identity_proves_nothing(host: Host) -> None:
    """It is said, nothing is recorded, and the exit code tells."""
    write_identity(host.folder / "stranger", generate_identity()[0])
    assert "opens nothing" in host.run("keys", "prove", str(host.folder / "stranger"), code=1)
    assert "never proven" in host.run("keys", "list")
    (host.folder / "stranger").write_text("a shopping list\n")
    assert "holds no age identity" in host.run("keys", "prove", str(host.folder / "stranger"), code=2)


def test_after_a_rotation_old_snapshots_open_and_new_ones_are_sealed_to_the_new_identity(host: Host) -> None:
    """The configuration is changed in place, the old one is kept, and nothing is sent again."""
    before, (old, paper) = (host.folder / "bot.toml").read_text(), recipients(host)
    host.run("backup")
    objects = host.files()
    said = host.run("keys", "rotate")
    new, kept = recipients(host)
    assert kept == paper
    assert new in said
    assert new != old
    assert (host.folder / "bot.toml").read_text() == before.replace(old, new)
    assert (host.folder / "bot.toml.bak").read_text() == before
    held = [recipient_of(text) for text in read_identities(host.key.read_bytes(), "host.key")]
    assert held == [old, new]
    assert stat.S_IMODE(host.key.stat().st_mode) == 0o600
    assert host.files() == objects
    assert "is good (level 3 of 3" in host.run("verify")
    assert json.loads(host.run("keys", "list", "--json"))["old"] == [old]
    (host.folder / "new").write_text(host.key.read_text().splitlines()[-1] + "\n")
    assert "was sealed before" in host.run("keys", "prove", str(host.folder / "new"), code=1)
    shutil.copy(VECTORS / "after.db", host.database)
    host.run("backup", "--full")
    assert "opens the newest snapshot" in host.run("keys", "prove", str(host.folder / "new"))
    require("age")
    sealed = next(name for name in host.files() - objects if name.endswith(".age"))
    command = ["/usr/bin/env", "age", "-d", "-i", str(host.folder / "new"), str(host.folder / "repository" / sealed)]
    assert subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    assert "recipients changed" in (host.folder / "state" / "audit.jsonl").read_text()


def test_old_snapshots_are_sealed_anew_when_asked(host: Host) -> None:
    """In a place of their own, which is then the repository: the new identity alone opens it all."""
    host.run("backup")
    shutil.copy(VECTORS / "after.db", host.database)
    host.run("backup")
    before = host.files()
    assert "add an empty [storage.NAME]" in host.run("keys", "rotate", "--rewrap", "new", code=3)
    assert "never changed" in host.run("keys", "rewrap", "--to", "disk", code=3)
    assert len(host.key.read_text().split()) == 1
    config = host.folder / "bot.toml"
    line = f'storage.disk = {{ kind = "local", path = "{host.folder}/repository" }}\n'
    fresh = f'storage.new = {{ kind = "local", path = "{host.folder}/new" }}\n'
    config.write_text(config.read_text().replace(line, line + fresh))
    said = host.run("keys", "rotate", "--rewrap", "new")
    assert "2 snapshots sealed anew on new" in said
    assert "make [storage.new] the first storage" in said
    assert host.files() == before
    assert json.loads(host.run("keys", "rewrap", "--to", "new", "--json"))["already"] == 2
    config.write_text(config.read_text().replace(line, ""))
    host.key.write_text(host.key.read_text().splitlines()[-1] + "\n")
    assert "2 of 2 snapshots are good" in host.run("verify", "all", "--level", "3")
    assert "opens the newest snapshot" in host.run("keys", "prove")
    assert (host.folder / "new/N/h/RESTORE.txt").is_file()
    assert "sealed anew" in (host.folder / "state/audit.jsonl").read_text()


def test_an_identity_behind_a_passphrase_stays_behind_it(host: Host) -> None:
    """After a rotation the same passphrase opens the old identity and the new one, and no plain key is left."""
    host.run("backup")
    config, plain, passphrase = host.folder / "bot.toml", host.key.read_text(), "correct horse battery"
    host.key.write_bytes(seal_identities(plain, passphrase))
    secret = host.folder / "passphrase"
    secret.write_text(f"{passphrase}\n")
    secret.chmod(0o600)
    text, where = config.read_text(), f'identity = "{host.key}"'
    config.write_text(text.replace(where, f'{where}, passphrase = {{ file = "{secret}" }}'))
    old = recipients(host)[0]
    host.run("keys", "rotate")
    assert is_sealed(host.key.read_bytes())
    held = read_identities(host.key.read_bytes(), "host.key", lambda: passphrase)
    assert [recipient_of(one) for one in held] == [old, recipients(host)[0]]
    assert "is good (level 3 of 3" in host.run("verify")
    for path in host.folder.rglob("*"):
        assert not path.is_file() or (b"AGE-SECRET-KEY" not in path.read_bytes() or path.name == "paper"), path
    with pytest.raises(IdentityMissing):
        read_identities(host.key.read_bytes(), "host.key", lambda: "another")


def test_how_many_snapshots_are_sealed_to_whom_is_listed(host: Host) -> None:
    """To those of now, to those that opened before, and to those that nobody here knows any more."""
    old, paper = recipients(host)
    host.run("backup")
    host.run("keys", "rotate")
    shutil.copy(VECTORS / "after.db", host.database)
    host.run("backup")
    new = recipients(host)[0]
    assert json.loads(host.run("keys", "list", "--json"))["sealed"] == {old: 1, new: 1, paper: 2}
    said = host.run("keys", "list")
    assert f"{new}  opened here by {host.key} · never proven · 1 snapshot\n" in said
    assert f"nothing new is sealed to them:\n  {old}  1 snapshot\n" in said
    host.key.write_text(host.key.read_text().splitlines()[-1] + "\n")
    assert f"old snapshots are sealed to these too:\n  {old}  1 snapshot\n" in host.run("keys", "list")


def test_keys_are_not_changed_while_something_else_runs(host: Host) -> None:
    """Neither the file nor a key: a backup would be sealed to a list that changes under it."""
    (host.folder / "state").mkdir(mode=0o700)
    config, key = (host.folder / "bot.toml").read_text(), host.key.read_bytes()
    with Lock(host.folder / "state/lock", purpose="backup"):
        assert "backup" in host.run("keys", "rotate", code=7)
        assert "backup" in host.run("keys", "add", generate_identity()[1], code=7)
    assert ((host.folder / "bot.toml").read_text(), host.key.read_bytes()) == (config, key)


def test_a_recipient_is_added_once(host: Host) -> None:
    identity, recipient = generate_identity()
    known = recipients(host)
    assert identity[16:30] not in host.run("keys", "add", identity, code=2)
    host.run("keys", "add", recipient)
    assert recipients(host) == [*known, recipient]
    assert "already" in host.run("keys", "add", recipient, code=3)


def test_a_configuration_in_another_shape_is_left_alone_and_no_key_is_made(host: Host) -> None:
    """The lines to paste are shown."""
    config = host.folder / "bot.toml"
    config.write_text(config.read_text().replace("recipients =", '"recipients" ='))
    before, key = config.read_text(), host.key.read_bytes()
    assert "recipients = [" in host.run("keys", "rotate", code=3)
    assert "recipients = [" in host.run("keys", "add", generate_identity()[1], code=3)
    assert (config.read_text(), host.key.read_bytes()) == (before, key)


def test_a_link_to_the_configuration_stays_a_link(host: Host) -> None:
    """And its file keeps owner and mode."""
    config, real = host.folder / "bot.toml", host.folder / "real.toml"
    config.rename(real)
    real.chmod(0o640)
    config.symlink_to(real)
    host.run("keys", "add", generate_identity()[1])
    assert config.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert len(recipients(host)) == 3
    assert os.path.lexists(host.folder / "real.toml.bak")
