"""kill -9 at every link and removal while snapshots are sealed anew: another run ends it."""

import sys
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.operations.rewrap import rewrap
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.core.repository.shelf import add
from tests.fakes import FakeClock, RecordingProgress
from tests.faults.killing import kill_points

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

CALLS = ("linkat", "unlink")  # each moment between two things that last
FIRST, SECOND = b"first\n" * 1000, b"first\n" * 999 + b"second\n"
REWRAP = """\
import sys
from pathlib import Path
from core.clock import SystemClock
from core.operations.rewrap import rewrap
from core.repository.ledger import Ledger
from tests.fakes import RecordingProgress
from tests.faults.test_kill_rewrap import opened
folder = Path(sys.argv[1])
old, new = opened(folder, "disk", sys.argv[2]), opened(folder, "new", sys.argv[2])
ledger = Ledger(folder / "ledger.jsonl")
report = rewrap(old, new, ledger, work=folder, clock=SystemClock(), progress=RecordingProgress())
sys.exit(not report.is_whole)
"""


def opened(folder: Path, name: str, recipient: str) -> Repository:
    storage = LocalStorage(name, LocalSettings(kind="local", path=folder / name))
    sealer = AgeSealer(recipients=[recipient], identity_file=folder / "host.key")
    return Repository(storage=storage, sealer=sealer, clock=FakeClock(), network="N", host="h")


def test_what_counts_is_whole_and_another_run_ends_it(tmp_path: Path) -> None:
    """Wherever it is killed: nothing half is listed, and after the next run all is there and nothing else."""
    require("strace")
    old, recipient = generate_identity()
    new, wanted = generate_identity()
    write_identity(tmp_path / "host.key", f"{old}\n{new}")
    for content in (FIRST, SECOND):
        add(opened(tmp_path, "disk", recipient), content)
    done = points = half = 0

    def put_away() -> None:
        nonlocal done
        if (tmp_path / "new").exists():
            (tmp_path / "new").rename(tmp_path / f"done-{(done := done + 1)}")

    command = [sys.executable, "-c", REWRAP, str(tmp_path), wanted]
    for call, number in kill_points(command, put_away, calls=CALLS):
        points += 1
        where = f"killed at {call} {number}"
        there = opened(tmp_path, "new", wanted)
        half += 0 < len(there.snapshots()) < 2
        for snapshot, content in zip(there.snapshots(), (FIRST, SECOND), strict=False):
            assert there.content(snapshot) == content, where
        finish(tmp_path, wanted)
        there = opened(tmp_path, "new", wanted)
        assert [there.content(snapshot) for snapshot in there.snapshots()] == [FIRST, SECOND], where
        assert not there.problems, where
        assert not list((tmp_path / "new").glob("**/.*")), where
        assert len(list((tmp_path / "new").glob("**/*.age"))) == 2, where
    assert points >= 10
    assert half


def finish(folder: Path, recipient: str) -> None:
    report = rewrap(
        opened(folder, "disk", recipient),
        opened(folder, "new", recipient),
        Ledger(folder / "ledger.jsonl"),
        work=folder,
        clock=SystemClock(),
        progress=RecordingProgress(),
    )
    assert report.is_whole
