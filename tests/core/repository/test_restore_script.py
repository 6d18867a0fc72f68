"""RESTORE.txt, run word by word as it lies beside a repository: everything comes back without us."""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.crypto.signing import MinisignSigner, MinisignVerifier, generate_signing_key, write_signing_key
from core.domain.snapshot import Snapshot
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.core.repository.shelf import add
from tests.core.repository.test_deltas import MONDAY, save
from tests.fakes import FakeClock


class Town:
    """A signed repository in a folder, and a shell beside it."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        for program in ("age", "zstd", "minisign"):
            require(program)
        self.folder = folder
        self.place = folder / "repository" / "N" / "h"
        host, recipient = generate_identity()
        recovery, paper = generate_identity()
        write_identity(folder / "host.key", host)
        write_identity(folder / "recovery.key", recovery)
        secret, self.public = generate_signing_key()
        write_signing_key(folder / "signing.key", secret)
        self.clock = clock
        self.sealer = AgeSealer(recipients=[recipient, paper], identity_file=folder / "host.key")
        self.repository = self.open()

    def open(self) -> Repository:
        return Repository(
            storage=LocalStorage("disk", LocalSettings(kind="local", path=self.folder / "repository")),
            sealer=self.sealer,
            clock=self.clock,
            network="N",
            host="h",
            signer=MinisignSigner(self.folder / "signing.key"),
            verifier=MinisignVerifier([self.public]),
        )

    def add(self, number: int, minutes: int) -> Snapshot:
        self.clock.time = MONDAY + timedelta(minutes=minutes)
        return add(self.repository, save(number))

    def run(self, *words: str, public: str = "") -> subprocess.CompletedProcess[str]:
        """The script by dash, from another folder than its own."""
        return subprocess.run(
            ["/bin/sh", "repository/N/h/RESTORE.txt", *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "PUBLIC": public},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def town(tmp_path: Path, clock: FakeClock) -> Town:
    return Town(tmp_path, clock)


def test_any_snapshot_comes_back_with_the_recovery_key(town: Town) -> None:
    """A full, and what stands on one, two and three others; by its tail or its whole id; proven by who signed it."""
    made = [town.add(number, minutes) for number, minutes in enumerate((0, 5, 60, 24 * 60, 25 * 60, 25 * 60 + 5))]
    assert [snapshot.rank for snapshot in made] == ["full", "save", "hour", "day", "hour", "save"]
    for number, snapshot in enumerate(made):
        which = snapshot.tail if number % 2 else snapshot.id
        ran = town.run("services", "recovery.key", f"out{number}", which, public=town.public)
        assert ran.returncode == 0, ran.stderr
        assert (town.folder / f"out{number}" / "services.db").read_bytes() == save(number)
        assert [path.name for path in (town.folder / f"out{number}").iterdir()] == ["services.db"]


def test_the_newest_comes_back_if_nobody_says_which(town: Town) -> None:
    """The newest by its number: a clock that stepped back changes nothing."""
    town.add(0, 60 * 24)
    town.add(1, 0)
    ran = town.run("services", str(town.folder / "host.key"), str(town.folder / "out"))
    assert ran.returncode == 0, ran.stderr
    assert "DONE" in ran.stdout
    assert (town.folder / "out" / "services.db").read_bytes() == save(1)


def test_it_lists_what_there_is(town: Town) -> None:
    made = [town.add(0, 60 * 24), town.add(1, 0)]
    ran = town.run()
    assert [line.split()[:2] for line in ran.stdout.splitlines()] == [["services", item.id] for item in made]


def test_nothing_damaged_forged_or_written_over_comes_out(town: Town) -> None:
    """Each ends with a sentence, and leaves no content."""
    full, delta = town.add(0, 0), town.add(1, 5)
    manifest = town.place / "manifests" / "services" / f"{delta.id}.json"
    good = manifest.read_bytes()

    def fails(says: str, out: str, *, public: str = "") -> None:
        ran = town.run("services", "recovery.key", out, public=public)
        assert ran.returncode != 0
        assert says in ran.stderr
        assert not (town.folder / out / "services.db").exists()

    _, other = generate_signing_key()
    fails("is not signed by", "a", public=other)
    manifest.write_bytes(good.replace(b'"reason": "test"', b'"reason": "best"'))
    fails("was changed", "b")
    manifest.write_bytes(good)
    place = town.folder / "repository" / full.key
    place.write_bytes(b"x" * full.stored_size)
    fails("is damaged", "c")
    (town.folder / "d").mkdir()
    fails("exists already", "d")
    assert "there is no such snapshot" in town.run("services", "recovery.key", "e", "zzzzzz").stderr


def test_the_text_is_kept_current(town: Town) -> None:
    """A newer version replaces it at its first backup."""
    town.add(0, 0)
    text = town.place / "RESTORE.txt"
    current = text.read_bytes()
    text.write_bytes(b"an older one")
    town.repository = town.open()
    town.add(1, 5)
    assert text.read_bytes() == current
