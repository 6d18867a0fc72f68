"""A disk that is full or broken, under the repository and under the state directory: told, and nothing is lost."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require
from tests.faults.premises import Premises
from tests.faults.striking import Striker
from tests.machine import small_disk

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

PAGE = 4096


@pytest.fixture
def striker(tmp_path: Path) -> Iterator[Striker]:
    with Striker(tmp_path) as striker:
        yield striker


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path / "w", copy=False)


def fill(disk: Path, room: int) -> Path:
    """A file that leaves that many pages."""
    filler = disk / "filler"
    filler.write_bytes(bytes((os.statvfs(disk).f_bavail - room) * PAGE))
    return filler


def mounted(premises: Premises, name: str) -> Path:
    folder = premises.folder / name
    folder.mkdir(exist_ok=True)
    return folder


def test_a_full_disk_under_the_repository_at_every_put(premises: Premises, striker: Striker) -> None:
    """Two objects, index and manifests: whichever does not fit is named, and the next backup makes what lacks."""
    refused = []
    with small_disk(mounted(premises, "disk"), "size=1m") as disk:
        premises.back_up(1)
        before = premises.look("at first")["disk"]
        for room in range(6):
            premises.change(room + 2)
            filler = fill(disk, room)
            done = striker.run(premises.words("backup"))
            found = premises.look(room, left=before)["disk"]
            if done.code:
                refused.append(_named(done.said, disk))
                assert done.code == 1, done
                assert "free space on that file system" in done.said
            assert (done.code == 0) == (len(found - before) == 2), (room, done)
            filler.unlink()
            assert striker.run(premises.words("backup")).code == 0
            assert premises.temporaries() == []
            before = premises.look(room, left=found)["disk"]
            assert len(before) == 2 * (room + 2)
    assert refused == ["delta.db.zst.age", "services json", "delta.tar.zst.age", "index.json.zst.age", "config json"]


def _named(said: str, disk: Path) -> str:
    found = re.search(rf"no space left to write {disk}/N/h/(manifests/)?([a-z]+)/\S*?(\w+\.[a-z.]+);?\s", said)
    assert found, said
    kind = found[3].removesuffix(";")
    return f"{found[2]} json" if found[1] else kind


def test_a_full_disk_under_the_state_keeps_no_snapshot_from_being_made(premises: Premises, striker: Striker) -> None:
    """What is stored is said to be stored, by its id, whatever this host cannot note; to pack a tree needs room."""
    with small_disk(mounted(premises, "state"), "size=1m") as disk:
        premises.back_up(1)
        before = premises.look("at first")["disk"]
        premises.change(2)
        filler = fill(disk, 0)
        done = striker.run(premises.words("backup"))
        filler.unlink()
        (new,) = premises.look("full", left=before)["disk"] - before
        tail = new.rpartition("-")[2]
        assert done.code == 1
        assert re.search(
            rf"config was not saved: no space left to write {disk}/\.config\S+ \(saved: {tail} of services\)", done.said
        )
        assert striker.run(premises.words("backup")).code == 0
        before = premises.look("room again", left=before | {new})["disk"]
        premises.change(3, tree=False)
        filler = fill(disk, 0)
        done = striker.run(premises.words("backup"))
        filler.unlink()
        (newer,) = premises.look("full", left=before)["disk"] - before
        assert done.code == 1
        assert f"saved ({newer.rpartition('-')[2]} of services" in done.said
        assert f"but this host could not note it: no space left to write {disk}/heads.json" in done.said
        assert striker.run(premises.words("backup")).code == 0
        assert premises.temporaries() == []
        assert premises.engine().status().troubles == ()


@pytest.mark.parametrize(("call", "stride"), [("fsync", 2), ("linkat", 1), ("rename", 1)])
def test_a_disk_that_fails_at_a_flush_or_a_rename_is_named(
    premises: Premises, striker: Striker, call: str, stride: int
) -> None:
    """EIO at every one of them: exit code 6 and the path, nothing half is listed, the next backup is whole."""
    require("strace")
    premises.back_up(1)
    before = premises.look("at first")["disk"]
    premises.change(2)
    premises.keep()
    failures = 0
    for number in range(1, 60, stride):
        done = striker.run(premises.words("backup"), call=call, strike=f"error=EIO:when={number}")
        premises.look((number, done), left=before)
        if done.code == 0 and failures:
            break
        if done.code:
            failures += 1
            assert done.code == 6, done
            assert re.search(rf"{premises.folder}/(disk|state)/\S+ cannot be written: Input/output error", done.said), (
                done
            )
        assert premises.temporaries() == [], number
        assert striker.run(premises.words("backup")).code == 0
        assert len(premises.look(number, left=before)["disk"]) == 4, number
        premises.again()
    assert failures >= 2
