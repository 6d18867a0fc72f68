"""Carry out a plan for a tree: all that can fail is done before the first rename, and whatever fails then is undone."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from core.beneath import opened_root
from core.disk import flush_folder, free_space
from core.domain.errors import BackupServError, PlanBlocked, PlanOutdated, RestoreFailed, StorageFull
from core.domain.size import show_size
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import RestoreReport, report_of
from core.operations.things.change import Change, Changes, read_changes
from core.operations.things.putting import Putting
from core.operations.things.staging import TreeStage
from core.operations.things.tree_back import (
    ProgramNotBack,
    Scene,
    as_refusal,
    changed_since,
    is_touched,
    roll_back,
)
from core.operations.things.tree_plan import Draft
from core.operations.unaudited import RestoreJournal
from core.registrations.words import plural

DraftOf = Callable[[], AbstractContextManager[Draft]]
_SPARE = 1 << 20  # bytes for folders, records and what else is written


class TreeRestore:
    """One restore, from its plan to its report."""

    def __init__(self, scene: Scene, record: RestoreRecord) -> None:
        self._scene = scene
        self._record = record
        self._folder = scene.ground.folder
        self._trail = RestoreJournal(scene.ground.journal, scene.steps.progress)

    def apply(self, draft_of: DraftOf, digest: str) -> RestoreReport:
        """Exactly the plan of that digest, or nothing. See `Way`."""
        clock = self._scene.ground.clock
        started = clock.monotonic()
        with draft_of() as draft:
            self._refuse(draft, digest)
            record = self._record
            self._trail.record(
                "restore begun", id=record.id, what=record.what, snapshot=record.snapshot, undoes=record.undoes,
                by=record.by,
            )  # fmt: skip
            self._step("stopping")
            try:
                self._carry_out(draft)
            except BaseException as error:
                self._put_back(error)
                raise
        self._step("done")
        self._trail.record("restore done", id=record.id, what=record.what, by=record.by)
        self._scene.steps.notes += self._trail.lacking
        return report_of(self._record, self._folder, self._scene.steps, seconds=clock.monotonic() - started)

    def _step(self, step: str) -> None:
        self._record = self._folder.write(self._record, step)  # type: ignore[arg-type]  # one of `Step`

    def _refuse(self, draft: Draft, digest: str) -> None:
        if draft.plan.digest != digest:
            raise PlanOutdated("what this plan rests on has changed since it was shown", hint="ask for it again")
        if draft.plan.blocked:
            raise PlanBlocked(draft.plan.blocked, hint="nothing was changed")
        _must_fit(draft, self._scene.ground.state_dir)

    def _carry_out(self, draft: Draft) -> None:
        site, steps = self._scene.site, self._scene.steps
        journal = self._folder.changes(self._record)
        made = tuple(_missing(site.root))
        Changes(root=str(site.root), made=made, items=draft.plan.changes).write(journal)
        with as_refusal(site.root):
            _make(made)
            with opened_root(site.root) as root:
                stage = TreeStage(root, self._record.id)
                changes = self._stage(stage, draft)
                self._scene.manner.before(self._record, steps)
                changes = self._keep(stage, changes)
                Changes(root=str(site.root), made=made, items=changes).write(journal)
                self._step("kept")
                self._step("replacing")
                steps.begin("putting the files in place")
                Putting(root, self._record.id, changes, stage.guard).put("new")
                steps.end(f"put in place ({plural(len(changes), 'path')})")
        self._finish()

    def _stage(self, stage: TreeStage, draft: Draft) -> tuple[Change, ...]:
        steps = self._scene.steps
        size = sum(change.new.size for change in draft.plan.changes if change.new is not None and change.moves("new"))
        steps.begin(f"unpacking {show_size(size)} beside its place")
        changes, remarks = stage.fill(draft.plan.changes, draft.supply)
        steps.notes += remarks
        steps.end("unpacked and proven")
        return changes

    def _keep(self, stage: TreeStage, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        steps = self._scene.steps
        steps.begin("keeping what is there")
        before = self._folder.before_image(self._record)
        changes = stage.keep(changes, before, owned=self._scene.manner.owned)
        os.sync()
        steps.end("kept what is there")
        return changes

    def _finish(self) -> None:
        """All files are in place: prove, tell, tidy up."""
        self._step("replaced")
        self._scene.manner.prove(self._record, self._scene.steps)
        self._step("starting")
        self._scene.manner.after(self._record, self._scene.steps)
        self._sweep()

    def _sweep(self) -> None:
        changes = read_changes(self._folder.changes(self._record))
        with as_refusal(self._scene.site.root), opened_root(self._scene.site.root) as root:
            TreeStage(root, self._record.id).sweep(changes.items if changes is not None else ())

    # --- the way back -------------------------------------------------------------------------

    def _put_back(self, error: BaseException) -> None:
        """Undo what was begun; raises RestoreFailed with both stories where there is something to tell."""
        why = str(error) if isinstance(error, BackupServError) else type(error).__name__
        try:
            outcome = roll_back(self._record, self._scene)
        except ProgramNotBack as second:
            self._trail.record("restore failed, program not back", id=self._record.id, reason=why, second=str(second))
            raise RestoreFailed(f"{why}. {second.message}", hint=second.hint) from error
        except BackupServError as second:
            self._trail.record("restore failed, not put back", id=self._record.id, reason=why, second=str(second))
            raise RestoreFailed(
                f"{why}. And putting the old files back failed: {second}",
                hint=f"they lie whole in {self._folder.before_image(self._record)}:"
                f" `backupserv restore settle {self._record.id} --undo`",
            ) from error
        self._trail.record("restore failed", id=self._record.id, reason=why, outcome=outcome)
        if isinstance(error, PlanBlocked | PlanOutdated):
            return
        if isinstance(error, Exception):
            raise RestoreFailed(f"{why}. {outcome}") from error

    # --- after a crash ------------------------------------------------------------------------

    def go_on(self) -> str:
        """Finish what a crash cut short while files were put in place; or put back what was there. One sentence."""
        changes = read_changes(self._folder.changes(self._record))
        if changes is None or not is_touched(self._record):
            return roll_back(self._record, self._scene)
        try:
            with as_refusal(self._scene.site.root), opened_root(self._scene.site.root) as root:
                theirs = changed_since(root, changes.items)
                stage = TreeStage(root, self._record.id)
                lacking = [path for path in stage.lacks(changes.items) if path not in theirs]
                if lacking:
                    raise RestoreFailed(f"what was unpacked of {lacking[0]} is gone")
                self._scene.manner.before(self._record, self._scene.steps)
                Putting(root, self._record.id, changes.items).put("new", without=theirs)
            self._finish()
        except BackupServError as error:
            return f"It could not be finished: {error.message}. {roll_back(self._record, self._scene)}"
        self._step("done")
        return f"All files are as they were to be restored ({plural(len(changes.items), 'path')})."


def _must_fit(draft: Draft, state_dir: Path) -> None:
    root = next(place for place in (draft.site.root, *draft.site.root.parents) if place.exists())
    new = sum(change.new.size for change in draft.plan.changes if change.new is not None and change.moves("new"))
    old = sum(change.old.size for change in draft.plan.changes if change.old is not None and change.moves("old"))
    same = root.stat().st_dev == state_dir.stat().st_dev
    for place, need in ((root, new + (old if same else 0)), (state_dir, old)):
        free = free_space(place)
        if free < need + _SPARE:
            raise StorageFull(
                f"{place} has {show_size(free)} free; this restore needs {show_size(need + _SPARE)}",
                hint="nothing was changed: free space first, or name fewer paths",
            )


def _missing(root: Path) -> list[str]:
    return [str(place) for place in reversed((root, *root.parents)) if not os.path.lexists(place)]


def _make(made: tuple[str, ...]) -> None:
    for place in made:
        Path(place).mkdir(mode=0o700 if place == made[-1] else 0o755)
        flush_folder(Path(place).parent)
