"""A tree goes from its files to a sealed spool as one stream, and Debian's age opens it."""

import subprocess
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.errors import ConfigInvalid, StorageFull
from core.repository.tree.frames import FrameStream
from core.repository.tree.sealing import seal_tree
from core.spool import spool
from tests.conftest import require
from tests.core.repository.tree.forest import Chain


def test_age_zstd_and_tar_open_what_was_sealed(tree: Path, tmp_path: Path) -> None:
    require("age", "zstd")
    identity, recipient = generate_identity()
    write_identity(tmp_path / "key", identity)
    sealer = AgeSealer(recipients=[recipient], identity_file=None)
    with spool(tmp_path, "logs") as file:
        sealed = seal_tree(Chain(tree).compare(), snapshot="s0", sealer=sealer, spool=file)
        file.seek(0)
        stored = file.read()
    assert (sealed.size, sealed.digest) == (len(stored), sha256(stored).hexdigest())
    assert sealed.listing.snapshot == "s0"
    assert not sealed.findings
    line = "age -d -i key | zstd -d | tar -xO log/error.log"
    done = subprocess.run(["/bin/bash", "-c", line], cwd=tmp_path, input=stored, capture_output=True, check=True)
    assert done.stdout == (tree / "log/error.log").read_bytes()


class NoSealer:
    """A sealer that copies."""

    recipients = ()

    def seal(self, plain: BinaryIO, sealed: BinaryIO) -> None:
        while piece := plain.read(1000):
            sealed.write(piece)

    def open(self, sealed: BinaryIO, plain: BinaryIO) -> None:
        raise NotImplementedError


def test_a_full_disk_is_told_as_one(tree: Path) -> None:
    _, recipient = generate_identity()
    for sealer in (NoSealer(), AgeSealer(recipients=[recipient], identity_file=None)):
        with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(StorageFull, match="no space"):
            seal_tree(Chain(tree).compare(), snapshot="s0", sealer=sealer, spool=full)


def test_what_stops_the_reading_is_what_is_told(tree: Path, tmp_path: Path) -> None:
    """Not what the encryption makes of it."""
    chain = Chain(tree)
    change = chain.compare()

    class Broken:
        def open(self, path: str) -> BinaryIO:
            raise ZeroDivisionError(path)

    object.__setattr__(change.capture, "reader", Broken())
    _, recipient = generate_identity()
    with spool(tmp_path, "logs") as file, pytest.raises(ZeroDivisionError):
        seal_tree(change, snapshot="s0", sealer=AgeSealer(recipients=[recipient], identity_file=None), spool=file)


def test_nobody_to_seal_to_is_told(tree: Path, tmp_path: Path) -> None:
    with spool(tmp_path, "logs") as file, pytest.raises(ConfigInvalid):
        seal_tree(Chain(tree).compare(), snapshot="s0", sealer=AgeSealer(recipients=[], identity_file=None), spool=file)


def test_memory_stays_within_a_few_frames_however_much_runs_through() -> None:
    """What is drawn is never far ahead of what was read."""
    drawn = 0

    def pieces() -> object:
        nonlocal drawn
        for _ in range(100):
            drawn += 1 << 20
            yield bytes(1 << 20)

    with FrameStream(pieces()) as stream:  # type: ignore[arg-type]  # a generator of bytes
        stream.read(1)
        assert drawn <= 24 << 20
        while stream.read(65536):
            pass
    assert [frame.plain for frame in stream.frames] == [4 << 20] * 25
