"""A signed repository in a folder, with RESTORE.txt beside it and a shell to run it in."""

import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.crypto.signing import MinisignSigner, MinisignVerifier, generate_signing_key, write_signing_key
from core.domain.snapshot import Snapshot
from core.repository.repository import Repository
from core.repository.tree_writing import TreeWriting
from core.repository.writing import DeltaPolicy
from core.sources.files import FilesSettings, FilesSource
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.core.repository.shelf import add
from tests.core.repository.test_deltas import MONDAY, save
from tests.fakes import FakeClock, RecordingProgress


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
        (folder / "work").mkdir()
        self.repository = self.open()

    def open(self, *, signed: bool = True) -> Repository:
        return Repository(
            storage=LocalStorage("disk", LocalSettings(kind="local", path=self.folder / "repository")),
            sealer=self.sealer,
            clock=self.clock,
            network="N",
            host="h",
            signer=MinisignSigner(self.folder / "signing.key") if signed else None,
            verifier=MinisignVerifier([self.public]) if signed else None,
        )

    def add(self, number: int, minutes: int, source: str = "services") -> Snapshot:
        self.clock.time = MONDAY + timedelta(minutes=minutes)
        return add(self.repository, save(number), source)

    def add_tree(self, root: Path, at: datetime) -> Snapshot:
        """A snapshot of a tree, as if looked at so late that all of it is believed."""
        settings = FilesSettings(kind="files", root=root, folder="config")
        source = FilesSource(name="config", settings=settings, clock=FakeClock(time=at))
        writing = TreeWriting(self.repository, self.folder / "work", source)
        return writing.add(reason="test", progress=RecordingProgress(), deltas=DeltaPolicy()).snapshot

    def run(self, *words: str, public: str = "", shell: str = "/bin/bash") -> subprocess.CompletedProcess[str]:
        """The script, from another folder than its own."""
        return subprocess.run(
            [shell, "repository/N/h/RESTORE.txt", *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "PUBLIC": public},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
