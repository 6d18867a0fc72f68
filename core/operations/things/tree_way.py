"""How a tree of files comes back into its place, whatever lives on it: the engine; a manner adds what is its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.domain.errors import BackupServError
from core.domain.snapshot import Snapshot
from core.domain.thing import Thing, ThingWish
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import RestoreReport, Steps
from core.operations.site import TreeSite
from core.operations.things.ground import Ground
from core.operations.things.manner import MannerOf
from core.operations.things.proposal import ThingProposal, ThingUndo
from core.operations.things.tree_apply import TreeRestore
from core.operations.things.tree_back import (
    ProgramNotBack,
    Scene,
    all_back,
    found,
    is_touched,
    program_back,
    roll_back,
    tidy,
)
from core.operations.things.tree_plan import Draft, drafted, propose, site_of
from core.operations.things.tree_undo import drafted_undo, propose_undo
from core.ports import Progress
from core.registrations.wish import Wishes


class TreeWay:
    """Plan, carry out, undo and settle a tree; see `Way`."""

    def __init__(self, thing: Thing, manner_of: MannerOf) -> None:
        self._thing = thing
        self._manner_of = manner_of

    def plan(self, wish: ThingWish, snapshot: Snapshot, ground: Ground, progress: Progress) -> ThingProposal:
        """What it would do; see the port."""
        manner = self._manner_of(site_of(snapshot.source, ground), ground)
        return propose(wish, snapshot, ground, manner, progress)

    def plan_undo(self, record: RestoreRecord, wishes: Wishes, ground: Ground, progress: Progress) -> ThingUndo:
        """What taking it back would do; see the port."""
        manner = self._manner_of(site_of(record.source, ground), ground)
        return propose_undo(record, wishes, ground, manner, progress)

    def apply(
        self, proposal: ThingProposal | ThingUndo, ground: Ground, *, by: str, code: str, progress: Progress
    ) -> RestoreReport:
        """Exactly this plan, or nothing; see the port."""
        site = site_of(proposal.plan.source, ground)
        scene = self._scene(site, ground, progress)
        record = RestoreRecord(
            id=ground.folder.free_id(code),
            kind=proposal.plan.kind,
            name=proposal.plan.name,
            snapshot=proposal.snapshot.id if isinstance(proposal, ThingProposal) else "",
            undoes=proposal.undone.id if isinstance(proposal, ThingUndo) else "",
            by=by,
            begun_at=ground.clock.now().isoformat(),
            source=site.name,
            step="stopping",
            was_running=scene.manner.runs(),
            format="files",
        )
        return TreeRestore(scene, record).apply(lambda: _again(proposal, scene), proposal.digest)

    def _scene(self, site: TreeSite, ground: Ground, progress: Progress | None = None) -> Scene:
        steps = Steps(clock=ground.clock, progress=progress or _Silence())
        return Scene(ground=ground, site=site, manner=self._manner_of(site, ground), steps=steps)

    def found(self, record: RestoreRecord, ground: Ground) -> str:
        """What lies there after a crash; see the port."""
        try:
            return found(record, self._scene(site_of(record.source, ground), ground))
        except BackupServError as error:
            return error.message

    def settle(self, record: RestoreRecord, ground: Ground, *, undo: bool) -> str:
        """End what a crash cut short; see the port."""
        scene = self._scene(site_of(record.source, ground), ground)
        return roll_back(record, scene) if undo else TreeRestore(scene, record).go_on()

    def revive(self, record: RestoreRecord, ground: Ground) -> str:
        """Once at start: the old files are back, and the program lives on them; see the port.

        The record then says that nothing is changed, so that the next start leaves alone what people did since.
        """
        try:
            scene = self._scene(site_of(record.source, ground), ground)
            told = all_back(record, scene) if is_touched(record) else program_back(record, scene)
            tidy(record, scene)
            ground.folder.write(record, "kept")
        except ProgramNotBack as error:
            return error.message
        except BackupServError as error:
            return f"IT COULD NOT BE PUT BACK: {error}"
        return told.strip().removesuffix(".")


@contextmanager
def _again(proposal: ThingProposal | ThingUndo, scene: Scene) -> Iterator[Draft]:
    progress = scene.steps.progress
    if isinstance(proposal, ThingUndo):
        with drafted_undo(proposal.undone, proposal.wishes, scene.ground, scene.manner, progress) as draft:
            yield draft
    else:
        with drafted(proposal.wish, proposal.snapshot, scene.ground, scene.manner, progress) as draft:
            yield draft


class _Silence:
    """Nobody looks on."""

    def step(self, text: str) -> None:
        """Nobody is told."""
