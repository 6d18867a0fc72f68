"""Files of a snapshot come back into a living tree, and go again."""

import os
import shutil
from pathlib import Path

import pytest

from core.domain.errors import PlanBlocked, PlanOutdated
from tests.core.operations.things.grove import Grove, looks, make_grove, plant
from tests.core.operations.things.spoiling import spoil
from tests.fakes import FakeClock


def test_everything_of_the_snapshot_is_back_and_what_is_new_stays(grove: Grove) -> None:
    """Bytes, modes, links; what is not in the snapshot is kept and told."""
    saved = grove.looks()
    spoil(grove.root)
    plan = grove.plan()
    assert not plan.blocked
    assert any("new.conf" in note for note in plan.plan.notes)
    assert all(len(line.encode()) <= 350 for line in plan.plan.summary())
    report = grove.carry_out(plan)
    now = grove.looks()
    assert {path: now[path] for path in saved} == saved
    assert {"new.conf", "conf.d/deep", "conf.d/deep/er"} == set(now) - set(saved)
    assert grove.step() == "done"
    assert report.before_image.name == "before"


def test_exact_removes_what_is_not_in_the_snapshot(grove: Grove) -> None:
    """And nothing else is left either of what the restore needed."""
    saved = grove.looks()
    spoil(grove.root)
    plan = grove.plan(exact=True)
    assert set(plan.plan.going) == {"new.conf", "conf.d/deep", "conf.d/deep/er"}
    grove.carry_out(plan)
    assert grove.looks() == saved


def test_undo_brings_back_what_was_there(grove: Grove) -> None:
    """Byte for byte, with modes, links and what exact had removed; and undoing the undo restores again."""
    saved = grove.looks()
    spoil(grove.root)
    spoiled = grove.looks()
    report = grove.restore(exact=True)
    undo = grove.undo(report.id)
    assert grove.looks() == spoiled
    grove.undo(undo.id)
    assert grove.looks() == saved


def test_undo_leaves_alone_what_was_changed_since(grove: Grove) -> None:
    """It is a conflict that is told; all else goes back."""
    spoil(grove.root)
    spoiled = grove.looks()
    report = grove.restore()
    (grove.root / "main.conf").write_text("name c\n")
    plan = grove.plan_undo(report.id)
    assert [conflict.what for conflict in plan.plan.conflicts] == ["main.conf"]
    grove.carry_out(plan)
    now = grove.looks()
    assert now.pop("main.conf")[2] == b"name c\n"
    del spoiled["main.conf"]
    assert now == spoiled


def test_what_was_changed_since_goes_back_where_that_is_chosen(grove: Grove) -> None:
    """One path by its name, in its own case, or all of them; and undoing that brings the change back."""
    spoil(grove.root)
    spoiled = grove.looks()
    report = grove.restore()
    (grove.root / "main.conf").write_text("name c\n")
    (grove.root / "current").unlink()
    changed = grove.looks()
    plan = grove.plan_undo(report.id, "MAIN.conf").plan
    assert [(one.item, one.chosen) for one in plan.conflicts] == [("current", "skip"), ("main.conf", "skip")]
    assert any(line.endswith("or say: replace main.conf") for line in plan.details())
    undo = grove.carry_out(grove.plan_undo(report.id, "main.conf"))
    now = grove.looks()
    assert "current" not in now
    assert now == {path: look for path, look in spoiled.items() if path != "current"}
    grove.undo(undo.id)
    assert grove.looks() == changed


def test_an_undo_of_what_was_all_changed_since_says_how_it_is_done(grove: Grove) -> None:
    """Nothing goes back unasked; with the word that the refusal names all of it does."""
    (grove.root / "main.conf").write_text("name b\n")
    spoiled = grove.looks()
    report = grove.restore()
    (grove.root / "main.conf").write_text("name c\n")
    assert "with `replace` (`--replace`) what was there before comes back" in grove.plan_undo(report.id).blocked
    grove.carry_out(grove.plan_undo(report.id, ""))
    assert grove.looks() == spoiled


def test_chosen_paths_alone_come_back(grove: Grove) -> None:
    """A file or a folder with all below it, relative or absolute; the rest stays as it is."""
    saved = grove.looks()
    spoil(grove.root)
    spoiled = grove.looks()
    grove.restore("conf.d/opers.conf", f"{grove.root}/current")
    assert grove.looks() == spoiled | {path: saved[path] for path in ("conf.d/opers.conf", "current")}


def test_a_path_that_is_not_in_the_snapshot_is_refused_with_those_it_may_mean(grove: Grove) -> None:
    """Nothing is guessed."""
    with pytest.raises(PlanBlocked, match=r"there is no conf\.d/oper\.conf") as caught:
        grove.plan("conf.d/oper.conf")
    assert "conf.d/opers.conf" in caught.value.hint


def test_nothing_to_do_is_said(grove: Grove) -> None:
    """A tree that is the snapshot needs no restore; a time alone is no difference."""
    os.utime(grove.root / "main.conf", (1, 1))
    assert "everything is as in" in grove.plan().blocked


def test_a_plan_whose_ground_moved_is_refused(grove: Grove) -> None:
    """Somebody wrote between the plan and its carrying out."""
    spoil(grove.root)
    plan = grove.plan()
    (grove.root / "main.conf").write_text("name d\n")
    before = grove.looks()
    with pytest.raises(PlanOutdated):
        grove.carry_out(plan)
    assert grove.looks() == before


def test_a_folder_that_became_a_link_is_never_followed(grove: Grove, tmp_path: Path) -> None:
    """Whoever can write into the tree cannot make a restore write elsewhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "opers.conf").write_text("theirs\n")
    spoil(grove.root)
    plan = grove.plan()
    shutil.rmtree(grove.root / "conf.d")
    (grove.root / "conf.d").symlink_to(outside)
    with pytest.raises(PlanOutdated):
        grove.carry_out(plan)
    grove.restore()
    assert (grove.root / "conf.d").is_dir()
    assert not (grove.root / "conf.d").is_symlink()
    assert looks(outside) == {"opers.conf": ("file", 0o644, b"theirs\n", "opers.conf")}


def test_an_empty_host_gets_its_folder_back(tmp_path: Path) -> None:
    """The root and what is above it are made; undo leaves an empty folder."""
    grove = make_grove(tmp_path, FakeClock(), root=tmp_path / "far" / "tree")
    plant(grove.root)
    grove.save()
    saved = grove.looks()
    shutil.rmtree(grove.root.parent)
    report = grove.restore()
    assert grove.looks() == saved
    grove.undo(report.id)
    assert grove.looks() == {}


def test_what_the_source_leaves_out_is_never_touched(grove: Grove) -> None:
    """Also where the snapshot has something of that name, and where exact removes all that it may."""
    (grove.root / "secret.key").write_text("old")
    grove.save()
    grove.leave_out("secret.key", "*.log")
    (grove.root / "secret.key").write_text("new")
    (grove.root / "empty" / "x.log").write_text("log")
    (grove.root / "conf.d" / "mine").mkdir()
    (grove.root / "conf.d" / "mine" / "x.log").write_text("log")
    (grove.root / "main.conf").unlink()
    plan = grove.plan(exact=True)
    assert len(plan.plan.left_out) == 2
    grove.carry_out(plan)
    assert (grove.root / "secret.key").read_text() == "new"
    assert (grove.root / "conf.d" / "mine" / "x.log").exists()
    assert (grove.root / "main.conf").exists()


def test_a_folder_and_a_file_may_take_each_others_place(grove: Grove) -> None:
    """A file makes room for a folder; a folder for a file only where exact removes what is in it."""
    saved = grove.looks()
    (grove.root / "main.conf").unlink()
    (grove.root / "main.conf").mkdir()
    (grove.root / "main.conf" / "x").write_text("x")
    shutil.rmtree(grove.root / "conf.d")
    (grove.root / "conf.d").write_text("a file")
    spoiled = grove.looks()
    assert any("main.conf" in line for line in grove.plan().plan.left_out)
    report = grove.restore(exact=True)
    assert grove.looks() == saved
    grove.undo(report.id)
    assert grove.looks() == spoiled
