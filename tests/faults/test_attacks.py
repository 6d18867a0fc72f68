"""Whole attacks on a repository, answered by the command line: who is hit is named, nothing spoiled is called good."""

from collections.abc import Iterator

import pytest

from tests.faults.attacks import ATTACKS, Loot
from tests.faults.premises import Premises, Quiet
from tests.faults.striking import Striker
from tests.faults.test_kill_repository_verbs import KEEP_ONE

pytestmark = pytest.mark.fault

# What only reading the stored bytes can tell: a list does not open anything.
UNSEEN = (
    *("a bit of a full", "a bit of a delta", "a bit of a tree", "a bit of an index", "two objects swapped"),
    *("a full cut", "a delta cut", "a tree cut", "an index cut", "a full taken", "an index taken"),
)
BESIDE = ("a bit of FORMAT", "a bit of RESTORE.txt")  # no snapshot is hit


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Premises:
    """A pruning was here, and left a roll."""
    premises = Premises(tmp_path_factory.mktemp("attacked") / "w", copy=False, policy=KEEP_ONE.replace("1", "3", 1))
    premises.back_up(1, 2, 3, 4, 5)
    retention = premises.engine().retention
    retention.prune(retention.plan(), by="test", progress=Quiet())
    premises.look("before")
    premises.keep()
    return premises


@pytest.fixture(scope="module")
def striker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Striker]:
    with Striker(tmp_path_factory.mktemp("striker")) as striker:
        yield striker


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_told_by_name_and_never_called_good(premises: Premises, striker: Striker, attack: str) -> None:
    """`verify all`: exit code 5. `status` knows from then on. A backup after it is whole, and rests on nothing bad."""
    premises.again()
    there = premises.engine().snapshots()
    sources = {name: [item for item in there if item.source == name] for name in ("services", "config")}
    named = ATTACKS[attack](Loot(premises.folder / "disk", {k: (v[0], *v[-2:]) for k, v in sources.items()}))
    listed = striker.run(premises.words("snapshots"))
    told = [line for line in listed.said.splitlines() if line.startswith("  !")]
    assert any(named in line for line in told) == (attack not in (*UNSEEN, *BESIDE)), told
    proven = striker.run(premises.words("verify", "all", "--level", "2"))
    assert proven.code == 5, proven
    assert named in proven.said, proven
    status = striker.run(premises.words("status"))
    assert (status.code == 1 and named in status.said) == (attack not in BESIDE), status
    done = striker.run(premises.words("backup"))
    if attack == "a bit of FORMAT":
        assert done.code == 6
        assert named in done.said
        return
    assert done.code == 0, done
    for source in sources:
        newest = premises.engine().repository.snapshots(source)[-1]
        assert premises.engine().verify(newest.id, level=2, progress=Quiet()).verdict == "proven"
