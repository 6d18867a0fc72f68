"""Who is compared: what each program is told for the same work, as its own manual says, with its own defaults."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Protocol

from benchmarks.launcher import Order

OURS, RESTIC, BORG = "ours", "restic", "borg"
PEERS = (RESTIC, BORG)


class Program(Protocol):
    """A program with a repository of its own in `folder`, that saves one file or one tree."""

    name: str
    repository: Path  # the folder whose bytes count
    version_words: ClassVar[list[str]]  # asks what it calls itself

    def set_up(self) -> None:
        """Make the repository."""
        ...

    def save(self) -> Order:
        """A snapshot of what is watched."""
        ...

    def restore_newest(self, into: Path) -> Order:
        """The newest snapshot, into a folder."""
        ...

    def one_account(self, name: str, number: int) -> Order:
        """What the snapshot of that number (the first is 1) holds of one account, on standard output."""
        ...

    def verify_contents(self) -> Order:
        """Everything that is stored is read, and everything in it is compared."""
        ...

    def verify_bytes(self) -> Order | None:
        """Everything that is stored is read, and nothing more. None: it knows no smaller one that reads all."""
        ...


def at(order: Order, moment: int) -> Order:
    """The same order at another time of the day: a clock is preloaded that starts there, if Debian's faketime is here.

    Its own measurements stay real (the monotonic clock and the times of files are left alone).
    """
    library = find_faketime()
    if library is None:
        return order
    clock = {
        "LD_PRELOAD": str(library),
        "FAKETIME": datetime.fromtimestamp(moment, UTC).strftime("@%Y-%m-%d %H:%M:%S"),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "TZ": "UTC",
    }
    return replace(order, environment={**order.environment, **clock})


def find_faketime() -> Path | None:
    """Debian's libfaketime."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


class Restic:
    """restic, version 2 of its repository: compressed, always encrypted."""

    name = RESTIC
    version_words: ClassVar = ["restic", "version"]

    def __init__(self, folder: Path, watched: Path) -> None:
        self._folder = folder
        self._watched = watched
        self.repository = folder / "repository"
        self._environment = {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(folder / "cache"), "HOME": str(folder)}

    def set_up(self) -> None:
        """See the protocol."""
        self._folder.mkdir()
        answer(["restic", "--repo", str(self.repository), "init"], self._environment)

    def save(self) -> Order:
        """See the protocol."""
        return self._order("backup", str(self._watched))

    def restore_newest(self, into: Path) -> Order:
        """See the protocol."""
        return self._order("restore", "latest", "--target", str(into))

    def one_account(self, name: str, number: int) -> Order:
        """See the protocol."""
        made = sorted((self.repository / "snapshots").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return _rows_of(name, self._order("dump", made[number - 1].name, str(self._watched)))

    def verify_contents(self) -> Order:
        """See the protocol."""
        return self._order("check", "--read-data")

    def verify_bytes(self) -> None:
        """See the protocol."""

    def _order(self, *words: str) -> Order:
        commands = [["restic", "--repo", str(self.repository), "--quiet", *words]]
        return Order(commands=commands, folder=str(self._folder), environment=self._environment)


class Borg:
    """Borg 1, encryption "repokey", lz4 as it comes."""

    name = BORG
    version_words: ClassVar = ["borg", "--version"]

    def __init__(self, folder: Path, watched: Path) -> None:
        self._folder = folder
        self._watched = watched
        self._saves = 0
        self.repository = folder / "repository"
        self._environment = {"BORG_PASSPHRASE": "bench", "BORG_BASE_DIR": str(folder), "HOME": str(folder)}

    def set_up(self) -> None:
        """See the protocol."""
        self._folder.mkdir()
        answer(["borg", "init", "--encryption", "repokey", str(self.repository)], self._environment)

    def save(self) -> Order:
        """See the protocol."""
        self._saves += 1
        return self._order("create", f"{self.repository}::{self._saves}", str(self._watched))

    def restore_newest(self, into: Path) -> Order:
        """See the protocol."""
        return replace(self._order("extract", f"{self.repository}::{self._saves}"), folder=str(into))

    def one_account(self, name: str, number: int) -> Order:
        """See the protocol."""
        path = str(self._watched).lstrip("/")
        return _rows_of(name, self._order("extract", "--stdout", f"{self.repository}::{number}", path))

    def verify_contents(self) -> Order:
        """See the protocol."""
        return self._order("check", "--verify-data", str(self.repository))

    def verify_bytes(self) -> Order:
        """See the protocol."""
        return self._order("check", "--repository-only", str(self.repository))

    def _order(self, *words: str) -> Order:
        return Order(commands=[["borg", *words]], folder=str(self._folder), environment=self._environment)


def peers(folder: Path, watched: Path, names: Sequence[str]) -> list[Program]:
    """Those of that name that are installed."""
    known: list[Program] = [Restic(folder / RESTIC, watched), Borg(folder / BORG, watched)]
    return [program for program in known if program.name in names and shutil.which(program.name)]


def missing() -> list[str]:
    """What `scripts/bench-packages.sh` would have installed."""
    named = [name for name in PEERS if shutil.which(name) is None]
    return named if find_faketime() else [*named, "faketime"]


def _rows_of(name: str, dump: Order) -> Order:
    """The lines of a dumped database that name an account."""
    find = ["grep", "--text", "--fixed-strings", f" {name} "]
    return replace(dump, commands=[*dump.commands, find])


def answer(words: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a program says, unmeasured."""
    done = subprocess.run(words, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildProcessError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout
