"""The verbs that bring the whole network back.

What plans and carries out a recovery is imported when it is asked for: `snapshots` and `status` promise half a second.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from core.disk import make_private_folder
from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.operations.restorer import Restorer
from core.ports import Progress

if TYPE_CHECKING:
    from core.operations.proposal import UndoPlan
    from core.operations.recovery.plan import RecoveryPlan
    from core.operations.recovery.record import RecoveryRecord
    from core.operations.recovery.recovery import Recovery
    from core.operations.recovery.survey import Holding
    from core.operations.recovery.terms import RecoveryWish
    from core.operations.things.proposal import ThingUndo
    from core.registrations.wish import Wishes


class Recoverer(Restorer):
    """Those of `Restorer`, and everything at once."""

    def plan_undo(
        self, restore_id: str, wishes: "Wishes | None" = None, *, progress: Progress
    ) -> "UndoPlan | ThingUndo":
        """As of `Restorer`; of a whole recovery it says which restores it was made of."""
        try:
            return super().plan_undo(restore_id, wishes, progress=progress)
        except SnapshotNotFound:
            last = self.last_recovery()
            if last is None or last.id != restore_id.upper():
                raise
            raise SnapshotNotFound(
                f"{last.id} was a whole recovery: each source has a restore of its own",
                hint=f"undo them, the last first: {', '.join(reversed(last.restores)) or 'it has changed nothing'}",
            ) from None

    def survey(self) -> "tuple[Holding, ...]":
        """What every storage holds for this host."""
        from core.operations.recovery.survey import survey  # noqa: PLC0415 — see above

        return survey((self.repository, *self.copies))

    def plan_recovery(self, wish: "RecoveryWish", *, storage: str | None = None, progress: Progress) -> "RecoveryPlan":
        """The preview of bringing everything back, from a storage or the first that has it. Changes nothing.

        Raises:
            SnapshotNotFound, TimeUnclear: there is none of this host, or of that moment.
            PlanBlocked: it makes no sense.
        """
        from core.operations.recovery.survey import choose_place  # noqa: PLC0415 — see above

        make_private_folder(self.state_dir)  # on an empty host it is not there
        place = choose_place((self.repository, *self.copies), storage)
        return self._recovery(place.name).plan(wish, progress)

    def recover(
        self, plan: "RecoveryPlan", *, by: str, code: str = "", unattended: bool = False, progress: Progress
    ) -> "RecoveryRecord":
        """Carry it out, from the storage that the plan names. Raises as `Recovery.begin`."""
        with self._lock("recovery", progress):
            return self._recovery(plan.storage).begin(plan, by=by, code=code, unattended=unattended, progress=progress)

    def last_recovery(self) -> "RecoveryRecord | None":
        """The last one, whether it has ended or was cut short."""
        from core.operations.recovery.record import RecoveryFile  # noqa: PLC0415 — see above

        return RecoveryFile(self.state_dir).read()

    def resume_recovery(self, *, progress: Progress) -> "RecoveryRecord":
        """Go on with the one that was cut short.

        Raises:
            PlanBlocked: there is none.
            RestoreFailed: it stopped again.
        """
        with self._lock("recovery", progress):
            record = self._open_recovery()
            return self._recovery(record.storage).resume(record, progress)

    def give_up_recovery(self, *, progress: Progress) -> None:
        """The one that was cut short is not gone on with; what it put in place stays."""
        with self._lock("recovery", progress):
            record = self._open_recovery()
            self._recovery(record.storage).give_up(record, progress)

    def _open_recovery(self) -> "RecoveryRecord":
        record = self.last_recovery()
        if record is None or not record.open:
            raise PlanBlocked("no recovery was cut short")
        return record

    def _recovery(self, storage: str) -> "Recovery":
        from core.operations.recovery.recovery import Recovery  # noqa: PLC0415 — see above

        ground = replace(self._ground, repository=self.place(storage))
        return Recovery(ground, self.terms, self.retention.pin_for_undo)
