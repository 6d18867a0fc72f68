"""kill -9 at every write, flush, link and rename while a snapshot is added: it is there, or it is not."""

import sys
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.core.repository.shelf import add
from tests.fakes import FakeClock
from tests.faults.killing import kill_points

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

CALLS = ("write", "fsync", "linkat", "unlink")  # all that adding makes, and each moment between them
FIRST, SECOND, THIRD = b"first\n" * 1000, b"second\n" * 20_000, b"third\n"

# What a host does: one snapshot more, in a folder that has one already, or none.
ADD = """\
import sys
from pathlib import Path
from core.clock import SystemClock
from core.crypto.age import AgeSealer
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.core.repository.shelf import add
folder, recipient = Path(sys.argv[1]), sys.argv[2]
storage = LocalStorage("disk", LocalSettings(kind="local", path=folder))
sealer = AgeSealer(recipients=[recipient], identity_file=None)
add(Repository(storage=storage, sealer=sealer, clock=SystemClock(), network="N", host="h"), b"second\\n" * 20_000)
"""


class Stage:
    """A repository that can be made anew before each run."""

    def __init__(self, folder: Path, *, begun: bool) -> None:
        self.folder, self.begun, self.runs = folder, begun, 0
        identity, self.recipient = generate_identity()
        write_identity(folder / "host.key", identity)
        self.root = folder / "repository"

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-c", ADD, str(self.root), self.recipient]

    def repository(self) -> Repository:
        sealer = AgeSealer(recipients=[self.recipient], identity_file=self.folder / "host.key")
        storage = LocalStorage("disk", LocalSettings(kind="local", path=self.root))
        return Repository(storage=storage, sealer=sealer, clock=FakeClock(), network="N", host="h")

    def prepare(self) -> None:
        if self.root.exists():
            self.root.rename(self.folder / f"done-{self.runs}")
            self.runs += 1
        if self.begun:
            add(self.repository(), FIRST)


@pytest.mark.parametrize("begun", [False, True], ids=["new", "begun"])
def test_a_snapshot_is_whole_or_not_there_wherever_it_is_killed(tmp_path: Path, *, begun: bool) -> None:
    """What is listed opens to what was saved, what was there stays, the rest is swept, and the next one follows."""
    require("strace")
    stage = Stage(tmp_path, begun=begun)
    before = [FIRST] if begun else []
    points = swept = added = 0
    for call, number in kill_points(stage.command, stage.prepare, calls=CALLS):
        points += 1
        where = f"killed at {call} {number}"
        repository = stage.repository()
        contents = [repository.content(snapshot) for snapshot in repository.snapshots()]
        assert contents in (before, [*before, SECOND]), where
        added += len(contents) > len(before)
        swept += bool(repository.sweep())
        assert not list(stage.root.glob("**/.*")), where
        third = add(repository, THIRD)
        assert third.sequence == len(contents) + 1, where
        assert [repository.content(snapshot) for snapshot in repository.snapshots()] == [*contents, THIRD], where
        assert not repository.problems, where
    # The matrix must have hit what matters: half-written files, and the moment after the manifest counts.
    assert points >= 9
    assert swept >= 6
    assert added >= 2
