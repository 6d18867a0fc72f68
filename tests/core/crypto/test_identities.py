"""Identities behind a passphrase: those of the stock tool are ours, ours are the stock tool's, and none is guessed."""

import io
import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer
from core.crypto.identities import (
    Identities,
    generate_identity,
    read_identities,
    recipient_of,
    seal_identities,
)
from core.disk import write_whole
from core.domain.errors import ConfigInvalid, IdentityMissing, OnlySeals
from tests.conftest import require

IDENTITY, RECIPIENT = generate_identity()
PHRASE = "correct horse"


def on_a_terminal(folder: Path, *words: str) -> str:
    """Run age where it can ask, and answer every question with the passphrase; returns what it printed."""
    require("age", "setsid")
    ours, its = pty.openpty()
    command = ["/usr/bin/env", "setsid", "-c", "age", *words]
    with subprocess.Popen(command, cwd=folder, stdin=its, stdout=its, stderr=its) as child:
        os.close(its)
        said = _answered(ours)
        os.close(ours)
    assert child.returncode == 0, said
    return said


def _answered(terminal: int) -> str:
    said, asked, deadline = b"", 0, time.monotonic() + 30
    while select.select([terminal], [], [], deadline - time.monotonic())[0]:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # the terminal is closed: it ended
            break
        while said.count(b"passphrase") > asked:
            asked += 1
            os.write(terminal, PHRASE.encode() + b"\n")
    return said.decode()


@pytest.fixture(scope="module")
def sealed() -> bytes:
    """Ours, once: making it takes seconds on purpose."""
    return seal_identities(f"# ours\n{IDENTITY}\n", PHRASE)


@pytest.mark.parametrize("how", [["-p"], ["-p", "-a"]], ids=["binary", "armoured"])
def test_an_identity_that_age_sealed_opens_snapshots(tmp_path: Path, how: list[str]) -> None:
    """The passphrase is asked for once, however often something is opened."""
    (tmp_path / "plain.key").write_text(f"# by hand\n{IDENTITY}\n")
    on_a_terminal(tmp_path, *how, "-o", "host.key", "plain.key")
    (tmp_path / "host.key").chmod(0o600)
    asked: list[int] = []

    def passphrase() -> str:
        asked.append(1)
        return PHRASE

    sealer = AgeSealer(recipients=[RECIPIENT], identity_file=tmp_path / "host.key", passphrase=passphrase)
    snapshot = io.BytesIO()
    sealer.seal(io.BytesIO(b"content"), snapshot)
    assert not asked
    for _ in range(3):
        plain = io.BytesIO()
        sealer.open(io.BytesIO(snapshot.getvalue()), plain)
        assert plain.getvalue() == b"content"
    assert asked == [1]


def test_age_opens_an_identity_that_we_sealed(tmp_path: Path, sealed: bytes) -> None:
    """A printed page is enough: its lines are typed into a file, and the stock tool asks for the passphrase."""
    (tmp_path / "recovery.key").write_bytes(sealed)
    assert sealed.isascii()
    assert max(map(len, sealed.splitlines())) <= 64
    assert IDENTITY in on_a_terminal(tmp_path, "-d", "recovery.key")


def test_without_the_right_passphrase_nothing_is_known(tmp_path: Path, sealed: bytes) -> None:
    """Neither is damage; the message names the file, and never what was typed."""
    write_whole(tmp_path / "host.key", [sealed])
    with pytest.raises(IdentityMissing, match=f"{tmp_path}/host.key is sealed with a passphrase"):
        Identities(tmp_path / "host.key").texts()
    with pytest.raises(IdentityMissing, match=f"does not open {tmp_path}/host.key") as caught:
        Identities(tmp_path / "host.key", lambda: "wrong horse").texts()
    assert "horse" not in str(caught.value)


def test_a_cut_or_changed_sealed_file_is_refused_in_the_same_words(sealed: bytes) -> None:
    for spoiled in (sealed[:40], sealed[:-50], sealed.replace(b"\n", b"", 2), b"age-encryption.org/v1\n\xff"):
        with pytest.raises(IdentityMissing, match="does not open paper"):
            read_identities(spoiled, "paper", lambda: PHRASE)


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    """After a rotation nothing needs a restart."""
    file = Identities(tmp_path / "host.key")
    write_whole(tmp_path / "host.key", [f"{IDENTITY}\n".encode()])
    assert file.texts() == (IDENTITY,)
    other, _ = generate_identity()
    write_whole(tmp_path / "host.key", [f"{IDENTITY}\n# new\n{other}\n".encode()])
    assert file.texts() == (IDENTITY, other)


def test_a_host_without_an_identity_has_its_own_error() -> None:
    """It is a choice, and no fault: who asks can tell."""
    with pytest.raises(OnlySeals, match="this host only seals"):
        Identities(None).texts()


def test_the_recipient_of_an_identity_is_known() -> None:
    assert recipient_of(IDENTITY) == RECIPIENT
    with pytest.raises(ConfigInvalid, match="paper holds no age identity"):
        read_identities(b"\xff\xfe", "paper")
