"""One source put in place in a whole recovery, and taken out again."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.domain.errors import PlanBlocked
from core.operations.recovery.parts import Part
from core.operations.recovery.plan import PartPlan
from core.operations.recovery.record import RecoveryFile, RecoveryRecord, Step
from core.operations.restore_record import RestoreRecord
from core.operations.things.ground import Ground
from core.operations.things.things import Things
from core.ports import Progress


@dataclass(frozen=True, slots=True)
class Putting:
    """Over things that stand on quiet ground."""

    things: Things
    ground: Ground
    file: RecoveryFile
    pin: Callable[[str, str], None]

    def put(self, record: RecoveryRecord, number: int, progress: Progress) -> tuple[RecoveryRecord, str]:
        """Bring the source of that step back, whatever an attempt before this one left; says what came of it."""
        step = record.steps[number]
        for restore in self._restores(step):
            if not restore.finished:
                self.things.settle(restore, undo=False)  # to its end, or back: which of them its record tells
        for restore in self._restores(step):
            if restore.step == "done" and not restore.undone_by:
                return record, f"{restore.what} is back"
        part = self._plan(step, record, progress)
        if part.same:
            return record, "there already"
        if part.blocked:
            raise PlanBlocked(part.blocked)
        code = self.ground.folder.free_id("")
        record = self.file.write(record.with_step(number, replace(step, restores=(*step.restores, code))))
        report = self.things.apply(part.proposal, by=f"{record.by}, recovery {record.id}", code=code, progress=progress)
        self.pin(step.snapshot, report.id)
        return record, report.outcome

    def _plan(self, step: Step, record: RecoveryRecord, progress: Progress) -> PartPlan:
        if not step.thing:
            raise PlanBlocked(f"{step.name} is nothing that could come back")
        snapshot = self.ground.repository.find(step.snapshot, source=step.name)
        part = Part(source=step.name, thing=step.thing, snapshot=snapshot)
        return PartPlan(part=part, proposal=self.things.plan(part.wish(exact=record.exact), snapshot.id, progress))

    def take_back(self, record: RecoveryRecord, progress: Progress) -> None:
        """Every source as it was before, the last one first. Safe to repeat."""
        for step in reversed(record.steps):
            for restore in reversed(self._restores(step)):
                if not restore.finished:
                    self.things.settle(restore, undo=True)
                elif restore.step == "done" and not restore.undone_by:
                    undo = self.things.plan_undo(restore, progress)
                    self.things.apply(undo, by=f"recovery {record.id}", code="", progress=progress)

    def _restores(self, step: Step) -> list[RestoreRecord]:
        """Those of this step that got as far as a record of their own."""
        return [one for one in self.ground.folder.all() if one.id in step.restores]
