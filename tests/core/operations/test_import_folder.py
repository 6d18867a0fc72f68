"""An existing backup folder becomes snapshots: with its times, beside what is there, and never twice."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.errors import ConfigInvalid, SnapshotNotFound, SourceUnreadable, StorageFull
from core.domain.snapshot import Snapshot
from core.operations import history
from core.ports import Progress
from core.registrations.wish import Target
from core.storage.local import LocalStorage
from tests.core.operations.old_backups import OldBackups, imported, planned, reading
from tests.core.operations.world import AFTER, BEFORE, World, make_world
from tests.core.registrations.tables.village import ALICE, NAMED, OTHERS
from tests.fakes import FakeClock

USER = Target(kind="account", name="alice")


def at(day: int, hour: int = 2) -> datetime:
    return datetime(2025, 12, day, hour, tzinfo=UTC)


def of(world: World, source: str = "services.imported") -> list[Snapshot]:
    return [snapshot for snapshot in world.engine.snapshots() if snapshot.source == source]


@pytest.fixture
def old(tmp_path: Path) -> OldBackups:
    """A week of a network: alice is in the first copies, and was dropped before the last."""
    old = OldBackups(tmp_path / "backup")
    old.database("20251227_020000", BEFORE)
    old.database("20251228_020000", BEFORE)
    old.database("20251229_020000", AFTER)
    old.path("logs", "backup.log").write_text("2025-12-27: done\n")
    return old


def test_a_plan_tells_what_there_is_and_changes_nothing(world: World, old: OldBackups, progress: Progress) -> None:
    before = old.state()
    plan = planned(world, old, progress)
    assert [item.verdict for item in plan.items] == ["no-backup", "adopt", "unchanged", "adopt"]
    told = "\n".join(plan.details())
    assert "databases: 2 to adopt, 2025-12-27 02:00Z … 2025-12-29 02:00Z" in told
    assert "1 unchanged since the one before" in told
    assert "dated by its name (2)" in told
    assert old.state() == before
    assert world.engine.snapshots() == ()
    assert not world.state.exists()


def test_copies_become_snapshots_with_their_own_times(world: World, old: OldBackups, progress: Progress) -> None:
    before = old.state()
    report = imported(world, old, progress)
    first, last = report.snapshots
    assert of(world) == [first, last]
    assert (first.taken_at, first.saved_at, last.taken_at) == (at(27), at(27), at(29))
    assert (first.kind, first.counts["accounts"], first.sequence) == ("atheme", 7, 1)
    assert first.reason == "imported from databases/atheme_20251227_020000.db.gz"
    assert world.engine.repository.content(first) == BEFORE
    assert world.engine.verify(last.tail, progress=progress).verdict == "proven"
    assert old.state() == before
    assert (world.state / "audit.jsonl").read_text().count("import done") == 1


def test_who_is_only_in_an_old_copy_comes_back_from_it(world: World, old: OldBackups, progress: Progress) -> None:
    world.database.write_bytes(AFTER)
    world.engine.back_up(reason="day one", progress=progress)
    first, _ = imported(world, old, progress).snapshots
    world.program.memory = AFTER
    plan = world.engine.plan_restore(USER, progress=progress)
    assert plan.snapshot == first
    assert f"services.imported {first.tail}" in plan.headline
    world.engine.restore(plan, by="root1", progress=progress)
    assert b"MN alice alice_alt" in world.live()


@pytest.mark.parametrize("reference", ["tail", "id", "2025-12-28 12:00"])
def test_an_old_copy_is_meant_by_its_id_and_by_a_time(
    world: World, old: OldBackups, progress: Progress, reference: str
) -> None:
    first, _ = imported(world, old, progress).snapshots
    world.engine.back_up(reason="now", progress=progress)
    meant = {"tail": first.tail, "id": first.id}.get(reference, reference)
    world.database.write_bytes(AFTER)
    assert world.engine.plan_restore(USER, meant, progress=progress).snapshot == first
    assert first.tail in world.engine.diff(meant, "live", progress=progress).before
    assert world.engine.verify(meant, progress=progress).snapshot == first


def test_the_latest_is_never_an_imported_one(world: World, old: OldBackups, progress: Progress) -> None:
    imported(world, old, progress)
    with pytest.raises(SnapshotNotFound, match="no snapshot yet"):
        world.engine.verify("latest", progress=progress)
    assert "there is no snapshot yet: `backup now` makes one" in world.engine.status().troubles
    (report,) = world.engine.back_up(reason="now", progress=progress)
    assert report.is_new
    assert world.engine.verify("latest", progress=progress).snapshot == report.snapshot
    assert world.engine.status().newest == report.snapshot
    assert world.engine.snapshots()[-1] == report.snapshot


def test_a_time_means_the_newest_copy_by_then_wherever_it_lies(
    world: World, old: OldBackups, progress: Progress
) -> None:
    """Scripts that ran on beside us for a while left copies between ours."""
    clock = world.clock
    clock.time = at(27, 12)
    (ours,) = world.engine.back_up(reason="first", progress=progress)
    clock.time = at(30)
    first, last = imported(world, old, progress).snapshots
    found = [
        history.snapshot_of(f"2025-12-{when}", "services", world.engine.repository, clock=clock)
        for when in ("27 11:59", "27 12:00", "29 01:59", "29 02:00")
    ]
    assert found == [first, ours.snapshot, ours.snapshot, last]
    assert world.engine.snapshots() == (first, ours.snapshot, last)
    with pytest.raises(SnapshotNotFound) as caught:
        history.snapshot_of("2025-12-01", "services", world.engine.repository, clock=clock)
    assert first.tail in caught.value.hint


def test_find_and_forget_know_what_was_imported(world: World, old: OldBackups, progress: Progress) -> None:
    world.database.write_bytes(AFTER)
    world.engine.back_up(reason="now", progress=progress)
    first, last = imported(world, old, progress).snapshots
    (stay,) = world.engine.find("alice", progress=progress).stays
    assert (stay.snapshots, stay.gone_since) == ((first,), last)
    (bearer,) = world.engine.bearers("alice", progress=progress).found
    assert bearer.snapshots == 1
    world.engine.forget([bearer], by="test")
    assert world.engine.plan_restore(USER, progress=progress).plan.blocked


def test_what_cannot_be_read_of_either_is_told(world: World, old: OldBackups, progress: Progress) -> None:
    world.engine.back_up(reason="now", progress=progress)
    imported(world, old, progress)
    folder = world.state.parent / "repository"
    for manifest in folder.rglob("manifests/*/*.json"):
        manifest.write_text("{}")
        break_ = manifest.parent.name
        assert break_ in {"services", "services.imported"}
    assert len(world.engine.find("alice", progress=progress).troubles) == 3


def test_a_second_import_adds_nothing_and_a_later_one_what_is_new(
    world: World, old: OldBackups, progress: Progress
) -> None:
    imported(world, old, progress)
    again = planned(world, old, progress)
    assert [item.verdict for item in again.items] == ["no-backup", "known", "unchanged", "known"]
    assert imported(world, old, progress).snapshots == ()
    old.database("20251201_020000", AFTER)  # from an older disk
    old.database("20260101_020000", BEFORE)
    earliest, newest = imported(world, old, progress).snapshots
    assert [snapshot.taken_at for snapshot in of(world)] == [at(1), at(27), at(29), datetime(2026, 1, 1, 2, tzinfo=UTC)]
    assert (earliest.sequence, newest.sequence) == (3, 4)
    repository = world.engine.repository
    assert [repository.content(snapshot) for snapshot in of(world)] == [AFTER, BEFORE, AFTER, BEFORE]
    assert not repository.problems
    assert imported(world, old, progress).snapshots == ()


def test_two_copies_of_one_second_are_known_again(world: World, old: OldBackups, progress: Progress) -> None:
    old.path("elsewhere", "x").parent.joinpath("atheme_20251227_020000.db").write_bytes(AFTER)
    assert len(imported(world, old, progress).snapshots) == 3
    assert imported(world, old, progress).snapshots == ()


def test_an_import_that_a_full_disk_ends_goes_on_the_next_time(
    world: World, old: OldBackups, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, calls = LocalStorage.put, []

    def full(*args: object, **words: object) -> None:
        calls.append(args)
        if len(calls) > 4:  # FORMAT, two objects of the first snapshot, one of the second
            raise StorageFull("no space left")
        put(*args, **words)  # type: ignore[arg-type]  # as they came

    with monkeypatch.context() as patched:
        patched.setattr(LocalStorage, "put", full)
        with pytest.raises(StorageFull):
            imported(world, old, progress)
    assert [snapshot.taken_at for snapshot in of(world)] == [at(27)]
    imported(world, old, progress)
    assert [snapshot.taken_at for snapshot in of(world)] == [at(27), at(29)]


def test_a_file_that_changed_since_the_plan_is_left_out(world: World, old: OldBackups, progress: Progress) -> None:
    plan = planned(world, old, progress)
    old.path("databases", "atheme_20251227_020000.db.gz").unlink()
    old.database("20251227_020000", AFTER)
    report = world.engine.import_folder(plan, reading(), by="test", progress=progress)
    assert [snapshot.taken_at for snapshot in report.snapshots] == [at(29)]
    assert [item.why for item in report.failed] == ["it changed since it was looked at"]


def test_an_sqlite_database_is_adopted_as_what_it_is(tmp_path: Path, clock: FakeClock, progress: Progress) -> None:
    world, old = make_world(tmp_path, clock), OldBackups(tmp_path / "backup")
    old.sqlite("20251227_020000", NAMED + OTHERS + ALICE)
    (snapshot,) = imported(world, old, progress).snapshots
    assert (snapshot.kind, snapshot.counts["accounts"]) == ("sqlite", 2)
    assert world.engine.verify(snapshot.tail, progress=progress).level == 3
    (stay,) = world.engine.find("alice", progress=progress).stays
    assert stay.snapshots == (snapshot,)


def test_a_source_may_not_bear_the_name_of_imported_ones(world: World, old: OldBackups, progress: Progress) -> None:
    world.engine.site.source.name = "x.imported"  # type: ignore[misc]  # it is a field of this source
    with pytest.raises(ConfigInvalid):
        planned(world, old, progress)


def test_a_folder_that_is_not_there_is_told(world: World, tmp_path: Path, progress: Progress) -> None:
    with pytest.raises(SourceUnreadable, match="none"):
        planned(world, OldBackups(tmp_path / "none"), progress)
