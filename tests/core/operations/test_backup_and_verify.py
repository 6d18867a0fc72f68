"""A backup is whole and proven, or there is none; and a verdict never says more than was seen."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.errors import ControlFailed, LockHeld, SourceDamaged, SourceUnreadable, StorageFull
from core.ports import Progress
from tests.core.operations.world import AFTER, BEFORE, Program, World
from tests.fakes import RecordingProgress


def test_a_snapshot_opens_to_the_bytes_that_were_saved(world: World, progress: Progress) -> None:
    (report,) = world.engine.back_up(reason="test", progress=progress)
    assert report.is_new
    assert report.snapshot.counts["accounts"] == 7
    assert world.engine.repository.content(report.snapshot) == BEFORE


def test_an_unchanged_database_makes_no_second_object(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="test", progress=progress)
    (again,) = world.engine.back_up(reason="test", progress=progress)
    assert not again.is_new
    assert len(world.engine.snapshots()) == 1


def test_a_cut_off_database_becomes_no_snapshot(world: World, progress: Progress) -> None:
    world.database.write_bytes(BEFORE[: len(BEFORE) // 2])
    with pytest.raises(SourceDamaged):
        world.engine.back_up(reason="test", progress=progress)
    assert world.engine.snapshots() == ()


def test_a_missing_database_is_named(world: World, progress: Progress) -> None:
    world.database.unlink()
    with pytest.raises(SourceUnreadable, match=r"services\.db"):
        world.engine.back_up(reason="test", progress=progress)


def test_verify_proves_all_three_levels(lost: World, progress: Progress) -> None:
    report = lost.engine.verify("latest", progress=progress)
    assert (report.verdict, report.level) == ("proven", 3)
    proof = lost.engine.ledger.latest(report.snapshot.id)
    assert proof is not None
    assert proof.level == 3


def _object(world: World) -> Path:
    (snapshot,) = world.engine.snapshots()
    return world.state.parent / "repository" / snapshot.key


def test_one_flipped_bit_is_damage(lost: World, progress: Progress) -> None:
    path = _object(lost)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert lost.engine.verify("latest", progress=progress).verdict == "damaged"
    assert any("damaged" in trouble for trouble in lost.engine.status().troubles)


def test_a_missing_identity_is_not_called_damage(lost: World, progress: Progress) -> None:
    (lost.state.parent / "host.key").unlink()
    report = lost.engine.verify("latest", progress=progress)
    assert (report.verdict, report.level) == ("unchecked", 1)


def test_status_is_ok_only_when_nothing_is_wrong(world: World, progress: Progress) -> None:
    assert not world.engine.status().ok
    world.engine.back_up(reason="test", progress=progress)
    world.engine.verify("latest", progress=progress)
    status = world.engine.status()
    assert status.ok, status.troubles
    assert "proven 0s ago" in str(status)
    world.program.running = False
    assert "services are not running" in world.engine.status().troubles


def test_an_empty_database_is_no_save_of_just_now(world: World, progress: Progress) -> None:
    """A full disk leaves one behind; whoever is told "saved 0s ago" of it restarts services, and all is gone."""
    world.engine.back_up(reason="test", progress=progress)
    world.save(b"")
    status = world.engine.status()
    assert status.troubles == ("the living database of services is empty: its last save was cut short",)
    assert str(status).startswith("LOOK  live database unreadable · last snapshot 0s ago")


def test_who_cannot_tell_whether_services_run_does_not_say_that_all_is_well(world: World, progress: Progress) -> None:
    """A Docker that does not answer, a unit of another name: services may be down, and nobody would know."""

    class Mute(Program):
        def is_running(self) -> bool:
            raise ControlFailed("Docker does not answer", hint="is it up?")

    world.engine.back_up(reason="test", progress=progress)
    world.engine.sites = (replace(world.engine.site, control=Mute(world.database)),)
    status = world.engine.status()
    assert (status.ok, status.running) == (False, None)
    assert status.troubles == ("it is not known whether services run: Docker does not answer — is it up?",)


def test_a_file_of_ours_that_cannot_be_read_hides_nothing_else(world: World, progress: Progress) -> None:
    """On the worst night the one line must come, whatever else is broken."""
    world.engine.back_up(reason="test", progress=progress)
    for name in ("pins.jsonl", "broken-glass.jsonl"):
        (world.state / name).mkdir()
    status = world.engine.status()
    assert [text.partition(" cannot be read")[0].rpartition("/")[2] for text in status.troubles] == [
        "pins.jsonl",
        "broken-glass.jsonl",
    ]
    assert " · last snapshot 0s ago" in str(status)


def test_status_without_a_database_still_answers(world: World) -> None:
    world.database.unlink()
    assert any("services.db" in trouble for trouble in world.engine.status().troubles)


def test_content_that_changed_is_a_second_snapshot(lost: World, progress: Progress) -> None:
    (report,) = lost.engine.back_up(reason="test", progress=progress)
    first, second = lost.engine.snapshots()
    assert report.snapshot == second
    assert (first.sequence, second.sequence) == (1, 2)
    assert lost.engine.repository.content(second) == AFTER


def test_the_next_start_sweeps_what_a_crash_left_half_written(world: World, progress: Progress) -> None:
    """Beside the live database, and in the repository; and tells of each."""
    world.engine.back_up(reason="test", progress=progress)
    leftover = world.database.with_name(".services.db.0123456789ab.tmp")
    leftover.write_bytes(b"half")
    assert any(leftover.name in sentence for sentence in world.engine.tidy())
    assert not leftover.exists()
    assert world.engine.tidy() == ()


def test_what_a_killed_run_left_in_the_state_is_swept_by_the_next_backup(world: World) -> None:
    """A tree on its way to the repository lies there, and may be large: nobody waits for the bot's next start."""
    world.engine.back_up(reason="x", progress=RecordingProgress())
    left = world.engine.state_dir / ".config.0123456789ab.tmp"
    left.write_bytes(b"half")
    progress = RecordingProgress()
    world.engine.back_up(reason="x", progress=progress)
    assert not left.exists()
    assert any(left.name in step for step in progress.steps)


def test_who_knocks_at_a_run_makes_it_forget_nothing(world: World, progress: Progress) -> None:
    """A save comes while a large tree is saved: what that run could not note on this host is told at its end."""
    gap = StorageFull("no space left")
    with world.engine.changing("a long backup"):
        world.engine.repository.unnoted.append(gap)
        with pytest.raises(LockHeld):
            world.engine.back_up(reason="saved by services", progress=progress, ask=False)
        assert world.engine.repository.unnoted == [gap]
