"""kill -9 at writes, flushes, renames, links and removals of the verbs that keep copies: nothing listed is lost."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.repository import layout
from tests.conftest import require
from tests.fakes import FakeClock
from tests.faults.premises import Premises
from tests.faults.striking import Striker

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

KEEP_ONE = """\
[retention]
keep_last = 1
within = "0h"
hourly = 0
daily = 0
weekly = 0
monthly = 0
"""
# What a killed run leaves changes with each of these; a flush changes nothing that another process sees.
CALLS = {"linkat": 1, "rename": 1, "unlink": 1, "ftruncate": 1, "write": 11, "fsync": 23}


@pytest.fixture
def striker(tmp_path: Path) -> Iterator[Striker]:
    require("strace")
    with Striker(tmp_path) as striker:
        yield striker


def tidied(premises: Premises, where: str) -> int:
    """The next start leaves nothing half-written; it tells what belongs to nobody, which is how many objects?"""
    engine = premises.engine()
    engine.clock = engine.repository.clock = _later(engine.clock.now() + timedelta(hours=2))
    told = "\n".join(engine.tidy())
    assert not [path for path in premises.temporaries() if "/far/" not in str(path)], where
    known = {snapshot.id for snapshot in engine.snapshots()}
    alone = [path for path in (premises.folder / "disk").rglob("*.age") if layout.id_of(path.name) not in known]
    for path in alone:
        assert f"{path.name} belongs to no snapshot" in told, where
    return len(alone)


def _later(time: datetime) -> FakeClock:
    clock = FakeClock()
    clock.time = time
    return clock


def test_a_backup_that_makes_deltas_is_listed_whole_or_not_at_all(tmp_path: Path, striker: Striker) -> None:
    """The database's and the tree's: bases, what was written last, spool and index. The next run makes what lacks."""
    premises = Premises(tmp_path / "w", copy=False)
    premises.back_up(1, 2)
    before = premises.look("before")["disk"]
    premises.change(3)
    premises.keep()
    ends = Counter[int]()
    orphans = 0
    for where in striker.killed(premises.words("backup"), CALLS):
        ends[len(premises.look(where, left=before)["disk"] - before)] += 1
        orphans += tidied(premises, where)
        again = striker.run(premises.words("backup"))
        assert again.code == 0, (where, again)
        assert len(premises.look(where, left=before)["disk"] - before) == 2, where
        assert premises.engine().status().troubles == (), where
        premises.again()
    # The matrix must have hit each kind of moment: before the first manifest, between the two, behind both.
    assert set(ends) == {0, 1, 2}, ends
    assert orphans > 5


def test_a_sync_to_a_copy_goes_on_where_it_was_killed(tmp_path: Path, striker: Striker) -> None:
    """What the copy lists opens there, alone; the next run brings the rest, and then nobody says that it is behind."""
    premises = Premises(tmp_path / "w")
    premises.back_up(1)
    premises.sync()
    premises.back_up(2)
    before = premises.look("before")
    premises.keep()
    ends = set()
    for where in striker.killed(premises.words("sync"), CALLS):
        found = premises.look(where, left=before["far"])
        assert found["disk"] == before["disk"], where
        ends.add(len(found["far"]))
        again = striker.run(premises.words("sync"))
        assert again.code == 0, (where, again)
        premises.engine().tidy()
        assert not premises.temporaries(), where
        assert premises.look(where)["far"] == before["disk"], where
        assert premises.engine().status().copies == ("far up to date",), where
        premises.again()
    assert ends == {2, 3, 4}


def test_a_pruning_with_its_roll_takes_what_goes_and_nothing_else(tmp_path: Path, striker: Striker) -> None:
    """In the repository and the copy: nothing that stays is hurt, no hole looks like a theft, and the next ends it."""
    premises = Premises(tmp_path / "w", policy=KEEP_ONE)
    premises.back_up(1, 2, 3, 4)
    premises.sync()
    before = premises.look("before")
    premises.keep()
    plan = premises.engine().retention.plan()
    left = [{snapshot.id for snapshot in part.kept} for part in plan.storages]
    assert [len(kept) for kept in left] == [4, 4]
    ends = set()
    for where in striker.killed(premises.words("prune", "--yes"), CALLS):
        found = premises.look(where, left=left[0] & left[1])
        ends.add(sum(map(len, found.values())))
        tidied(premises, where)
        again = striker.run(premises.words("prune", "--yes"))
        assert again.code == 0, (where, again)
        assert premises.look(where) == dict(zip(before, left, strict=True)), where
        assert premises.engine().status().troubles == (), where
        premises.again()
    assert ends >= {8, 16}
    assert len(ends) == 9, ends


def test_a_rotation_leaves_a_configuration_and_keys_that_open_everything(tmp_path: Path, striker: Striker) -> None:
    """The identity is added before anything is sealed to it; the old configuration or the new one, never none."""
    premises = Premises(tmp_path / "w", copy=False)
    premises.back_up(1)
    before = premises.look("before")["disk"]
    premises.keep()
    for where in striker.killed(premises.words("keys", "rotate"), CALLS):
        premises.look(where, left=before)
        premises.change(2)
        again = striker.run(premises.words("backup"))
        assert again.code == 0, (where, again)
        assert len(premises.look(where, left=before)["disk"]) == 4, where
        premises.again()
