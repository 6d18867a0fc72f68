"""What the world around does to a restore: somebody restarts services, the disk is full, services stay silent."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.domain.errors import BackupServError, RestoreFailed, StorageFull
from core.formats.atheme import lookup, parse
from core.ports import Progress
from core.registrations.wish import Target
from tests.core.operations.world import AFTER, World, make_world
from tests.fakes import FakeClock
from tests.machine import NOBODY, small_disk

ALICE = Target(kind="account", name="alice")


def has_alice(content: bytes) -> bool:
    return lookup(parse(content), b"alice", "rfc1459") is not None


def test_services_that_something_restarts_meanwhile_keep_their_database(lost: World, progress: Progress) -> None:
    """A watchdog brings them up between stop and replacement: they would write over it, so nothing is replaced."""
    plan = lost.engine.plan_restore(ALICE, progress=progress)
    load = lost.rehearsal.load

    def meanwhile(content: bytes, progress: Progress) -> str:
        lost.program.start()
        return load(content, progress)

    lost.rehearsal.load = meanwhile  # type: ignore[method-assign]  # the rehearsal takes a while, and things happen
    with pytest.raises(RestoreFailed, match="still run after they were stopped"):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.live() == AFTER
    assert lost.program.running
    assert lost.engine.interrupted() == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a file of another user")
def test_the_file_still_belongs_to_who_owned_it(lost: World, progress: Progress) -> None:
    """Services of another user could not read a file of ours, and Atheme 7.2 would start with an empty network."""
    lost.program.running = False
    os.chown(lost.database, NOBODY, NOBODY)
    lost.database.chmod(0o640)
    lost.engine.restore(lost.engine.plan_restore(ALICE, progress=progress), by="root1", progress=progress)
    status = lost.database.stat()
    assert has_alice(lost.live())
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (NOBODY, NOBODY, 0o640)


def test_on_a_full_disk_services_are_not_even_stopped(tmp_path: Path, clock: FakeClock, progress: Progress) -> None:
    """The save of their stop would be cut off, silently, and with it their database."""
    with small_disk(tmp_path, "size=512k") as place:
        world = make_world(place, clock)
        world.engine.back_up(reason="test", progress=progress)
        world.database.write_bytes(AFTER)
        plan = world.engine.plan_restore(ALICE, progress=progress)
        system = os.statvfs(place)
        (place / "filler").write_bytes(b"x" * (system.f_bavail * system.f_frsize - 50_000))
        stops: list[str] = []
        world.program.stop = lambda: stops.append("stopped")  # type: ignore[method-assign]  # it must not come to that
        with pytest.raises(StorageFull, match="a restore needs"):
            world.engine.restore(plan, by="root1", progress=progress)
        assert stops == []
        assert world.live() == AFTER


@dataclass
class Mute:
    """NickServ, who answers on the old database and is silent on the new one."""

    world: World
    can_save: bool = False

    def request_save(self) -> None:
        raise BackupServError("nobody can be asked")

    def answers(self) -> bool | None:
        return not has_alice(self.world.live())


def test_services_that_run_and_do_not_answer_get_their_old_database_back(lost: World, progress: Progress) -> None:
    """A process that lives is no proof: NickServ is asked, for as long as the configuration says."""
    lost.engine.sites = (replace(lost.engine.site, services=Mute(lost)),)
    plan = lost.engine.plan_restore(ALICE, progress=progress)
    with pytest.raises(RestoreFailed, match=r"do not answer 10 s after.*old database is back"):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert lost.live() == AFTER
    assert lost.program.running


def test_the_next_backup_has_who_came_back_and_is_proven(lost: World, progress: Progress) -> None:
    lost.engine.restore(lost.engine.plan_restore(ALICE, progress=progress), by="root1", progress=progress)
    (report,) = lost.engine.back_up(reason="afterwards", progress=progress)
    assert report.is_new
    assert lost.engine.verify("latest", progress=progress).verdict == "proven"
    assert has_alice(lost.engine.repository.content(report.snapshot))
