"""What tests ask of the machine: another user's eyes, a file system that is full. Skipped by name where it refuses."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Look with the eyes of a user whom modes bind: root is made nobody for a while, anyone else stays as they are."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="backupserv-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def small_disk(folder: Path, *options: str) -> Iterator[Path]:
    """A file system of its own with the given limits: "size=64k", "nr_inodes=8"."""
    if os.geteuid() != 0:
        refused("only root can mount a small file system")
    words = ["mount", "-t", "tmpfs", "-o", ",".join((*options, "mode=0700")), "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode != 0:
        refused("this machine lets nobody mount a file system")
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)


def refused(why: str) -> None:
    """As `require` in tests/conftest.py: a machine that promises everything must keep it."""
    if os.environ.get("BACKUPSERV_REQUIRE_REAL") == "1":
        pytest.fail(f"required and not possible: {why}", pytrace=False)
    pytest.skip(why)


def until(seen: Callable[[], object], what: str, *, seconds: float = 20) -> None:
    """Wait for what should happen; fail with its name if it does not."""
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, f"not seen in {seconds:.0f} s: {what}"
        time.sleep(0.02)
