"""The verbs about whole things: plan, carry out, take back, and end what a crash cut short."""

from collections.abc import Iterator

from core.domain.errors import BackupServError, PlanBlocked
from core.domain.thing import ThingWish
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import RestoreReport
from core.operations.things.choosing import snapshot_for, source_of
from core.operations.things.ground import Ground
from core.operations.things.interrupted import InterruptedThing
from core.operations.things.proposal import ThingProposal, ThingUndo
from core.operations.things.ways import way_of
from core.operations.unaudited import is_done
from core.ports import Progress
from core.registrations.wish import Wishes


class Things:
    """All of them over one engine's ground. The caller holds the lock where something is changed."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def plan(self, wish: ThingWish, reference: str | None, progress: Progress) -> ThingProposal:
        """The preview of bringing it back, from `reference` (an id, a time; None = the newest). Changes nothing.

        Raises:
            PlanBlocked: there is no such source, or it makes no sense.
            SnapshotNotFound, TimeUnclear: no such snapshot.
        """
        source = source_of(wish, self._ground)
        snapshot = snapshot_for(source, reference, self._ground)
        return way_of(wish.thing).plan(wish, snapshot, self._ground, progress)

    def plan_again(self, proposal: ThingProposal | ThingUndo, progress: Progress) -> ThingProposal | ThingUndo:
        """The same wish once more, on what is there now."""
        if isinstance(proposal, ThingUndo):
            return self.plan_undo(proposal.undone, progress, proposal.wishes)
        return way_of(proposal.wish.thing).plan(proposal.wish, proposal.snapshot, self._ground, progress)

    def plan_undo(self, record: RestoreRecord, progress: Progress, wishes: Wishes | None = None) -> ThingUndo:
        """The preview of taking it back. Changes nothing."""
        return way_of(record.kind).plan_undo(record, wishes or Wishes(), self._ground, progress)

    def apply(self, proposal: ThingProposal | ThingUndo, *, by: str, code: str, progress: Progress) -> RestoreReport:
        """Exactly this plan, or nothing; see `Way`."""
        if proposal.blocked:
            raise PlanBlocked(proposal.blocked, hint="nothing was changed")
        return way_of(proposal.plan.kind).apply(proposal, self._ground, by=by, code=code, progress=progress)

    def interrupted(self) -> Iterator[InterruptedThing]:
        """Those that a crash cut short, with what was found. Changes nothing."""
        for record in self._ground.folder.unfinished():
            if record.is_whole:
                yield InterruptedThing(record=record, told=way_of(record.kind).found(record, self._ground))

    def revive(self) -> Iterator[str]:
        """Once at start: what was found and done about each."""
        for item in tuple(self.interrupted()):
            done = way_of(item.record.kind).revive(item.record, self._ground)
            ending = f"`backupserv restore settle {item.record.id}` ends it, with --undo it goes back"
            yield f"{item}. {ending}{f'. {done}' if done else ''}"

    def settle(self, record: RestoreRecord, *, undo: bool) -> str:
        """End one that was cut short. One sentence."""
        outcome = way_of(record.kind).settle(record, self._ground, undo=undo)
        with is_done(outcome.removesuffix(".")):
            self._ground.journal.record("restore settled", id=record.id, outcome=outcome, undo=str(undo).lower())
        return outcome


def tell(error: BaseException) -> str:
    """An error in words, for a record: ours with its sentence, others by their name alone."""
    return str(error) if isinstance(error, BackupServError) else type(error).__name__
