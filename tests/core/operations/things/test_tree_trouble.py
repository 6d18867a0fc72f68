"""What can go wrong around a restore of a tree: full disks, foreign owners, tampered snapshots, failing programs."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from core.domain.errors import BackupServError, ObjectDamaged, RestoreFailed, StorageFull
from core.operations.things.proposal import ThingProposal
from core.repository.packing import decompress_within
from core.repository.tree_reading import TreeReading
from tests.core.operations.things.grove import Grove, make_grove, plant
from tests.core.operations.things.spoiling import spoil
from tests.fakes import FakeClock, RecordingProgress

TAMPERED = [
    {"path": "../../etc/x"},
    {"path": "/etc/x"},
    {"path": "conf.d/../../x"},
    {"path": "x\0y"},
    {"type": "device"},
    {"type": "fifo"},
    {"type": "hardlink", "target": "../../etc/passwd"},
    {"type": "hardlink", "target": "/etc/passwd"},
]


@pytest.mark.parametrize("wrong", TAMPERED)
def test_a_tampered_listing_is_refused_and_nothing_is_written(
    grove: Grove, tmp_path: Path, wrong: dict[str, str]
) -> None:
    """Paths out of the tree, links out of it, devices: also where every digest and seal is right."""
    spoil(grove.root)
    before = grove.looks()
    around = {path for path in tmp_path.rglob("*") if "state" not in path.parts}
    with _listing_with(wrong), pytest.raises(ObjectDamaged):
        grove.restore()
    assert grove.looks() == before
    assert {path for path in tmp_path.rglob("*") if "state" not in path.parts} == around


@contextmanager
def _listing_with(wrong: dict[str, str]) -> Iterator[None]:
    """What somebody who can seal and sign might have written: at the door through which every index comes in."""

    def tampered(packed: Any, limit: int) -> bytes:
        raw = json.loads(decompress_within(packed, limit))
        row = {"path": "zz", "type": "file", "mode": 0o644} | wrong
        raw["entries"].append(row)
        return json.dumps(raw).encode()

    def listing(self: TreeReading, snapshot: Any) -> Any:
        return original(self, replace(snapshot, digest=_Any()))

    original = TreeReading.listing
    with (
        patch("core.repository.tree_reading.decompress_within", tampered),
        patch.object(TreeReading, "listing", listing),
    ):
        yield


class _Any(str):
    """Equal to every digest."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def test_a_link_that_points_out_is_brought_back_as_it_was_and_never_followed(grove: Grove, tmp_path: Path) -> None:
    """It is content like any other; what lies below its name in the snapshot cannot exist."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (grove.root / "out").symlink_to(outside)
    saved = grove.save()
    (grove.root / "out").unlink()
    (grove.root / "out").mkdir()
    grove.restore(exact=True, reference=saved.id)
    assert (grove.root / "out").is_symlink()
    assert list(outside.iterdir()) == []


def test_damaged_bytes_are_noticed_before_anything_is_changed(grove: Grove, tmp_path: Path) -> None:
    """Nothing is put in place that is not proven."""
    spoil(grove.root)
    before = grove.looks()
    plan = grove.plan()
    for piece in (tmp_path / "repository").rglob("*.age"):
        content = bytearray(piece.read_bytes())
        content[-20] ^= 1
        piece.chmod(0o600)
        piece.write_bytes(content)
    with pytest.raises(BackupServError):
        grove.carry_out(plan)
    assert grove.looks() == before


@pytest.mark.parametrize("call", ["rename", "link", "mkdir", "unlink", "rmdir", "symlink"])
def test_what_the_system_refuses_at_any_step_is_undone(grove: Grove, call: str) -> None:
    """A full or failing disk: the first, the second, each call fails once; the tree is as it was."""
    spoil(grove.root)
    before = grove.looks()
    for number in range(30):
        plan = grove.plan(exact=True)
        with _failing(call, number) as failed:
            if _done(grove, plan):
                return  # it never came to so many, or the last of them only tidied up
        assert failed
        assert grove.looks() == before, (call, number)
    raise AssertionError


def _done(grove: Grove, plan: ThingProposal) -> bool:
    try:
        grove.carry_out(plan)
    except RestoreFailed:
        return False
    return True


@contextmanager
def _failing(call: str, number: int) -> Iterator[list[int]]:
    """The n-th such call in a tree fails for want of space."""
    original, left, failed = getattr(os, call), iter(range(number)), list[int]()

    def strike(*words: Any, **named: Any) -> Any:
        if any(key.endswith("dir_fd") for key in named) and not failed and next(left, None) is None:
            failed.append(1)
            raise OSError(28, "No space left on device")
        return original(*words, **named)

    with patch.object(os, call, strike):
        yield failed


def test_too_little_space_is_said_before_anything_is_begun(grove: Grove) -> None:
    """On the tree's file system, or on that of the state."""
    spoil(grove.root)
    before = grove.looks()
    with (
        patch("core.operations.things.tree_apply.free_space", lambda _: 1000),
        pytest.raises(StorageFull, match="needs"),
    ):
        grove.restore()
    assert grove.looks() == before


def test_a_file_that_is_a_mount_of_its_own_is_written_in_place(tmp_path: Path) -> None:
    """As single files are mounted into containers: its inode stays, and undo brings the old bytes back.

    A folder that is one is staged on its own side: no rename crosses a mount.
    """
    if os.geteuid() != 0:
        pytest.skip("only root mounts")
    grove = make_grove(tmp_path, FakeClock())
    plant(grove.root)
    (tmp_path / "outer").write_text("port 1\n")
    (tmp_path / "side").mkdir()
    (tmp_path / "side" / "motd").write_text("hello\n")
    (grove.root / "bound").touch()
    (grove.root / "volume").mkdir()
    mounts = [(tmp_path / "outer", grove.root / "bound"), (tmp_path / "side", grove.root / "volume")]
    done = []
    try:
        for source, target in mounts:
            if subprocess.run(["/bin/mount", "--bind", source, target], check=False, capture_output=True).returncode:
                pytest.skip("this machine does not mount")
            done.append(target)
        grove.save()
        saved, inode = grove.looks(), (tmp_path / "outer").stat().st_ino
        (tmp_path / "outer").write_text("port 22222\n")
        (tmp_path / "side" / "motd").write_text("bye\n")
        (tmp_path / "side" / "new").write_text("x")
        spoiled = grove.looks()
        report = grove.restore(exact=True)
        assert grove.looks() == saved
        assert (tmp_path / "outer").read_text() == "port 1\n"
        assert (tmp_path / "outer").stat().st_ino == inode
        grove.undo(report.id)
        assert grove.looks() == spoiled
    finally:
        for target in reversed(done):
            subprocess.run(["/bin/umount", target], check=True)


def test_nothing_of_ours_is_saved(grove: Grove) -> None:
    """What a restore stages, a backup that runs meanwhile leaves out."""
    (grove.root / ".backupserv" / "X").mkdir(parents=True)
    (grove.root / ".backupserv" / "X" / "new.0").write_text("x")
    assert not any(
        "backupserv" in entry.path for entry in grove.engine.trees[0].source.scan(RecordingProgress()).entries
    )
