"""How a tree of files comes back into its place, whatever lives on it: the engine; a manner adds what is its own."""

from core.domain.errors import PlanBlocked
from core.domain.snapshot import Snapshot
from core.domain.thing import Thing, ThingWish
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import RestoreReport
from core.operations.things.ground import Ground
from core.operations.things.manner import MannerOf
from core.operations.things.proposal import ThingProposal, ThingUndo
from core.ports import Progress


class TreeWay:
    """Plan, carry out, undo and settle a tree; see `Way`."""

    def __init__(self, thing: Thing, manner_of: MannerOf) -> None:
        self._thing = thing
        self._manner_of = manner_of

    def plan(self, wish: ThingWish, snapshot: Snapshot, ground: Ground, progress: Progress) -> ThingProposal:
        """What it would do; see the port."""
        del wish, snapshot, ground, progress
        raise PlanBlocked(f"{self._thing} cannot be brought back into its place yet")

    def plan_undo(self, record: RestoreRecord, ground: Ground, progress: Progress) -> ThingUndo:
        """What taking it back would do; see the port."""
        del record, ground, progress
        raise PlanBlocked(f"{self._thing} cannot be taken back yet")

    def apply(
        self, proposal: ThingProposal | ThingUndo, ground: Ground, *, by: str, code: str, progress: Progress
    ) -> RestoreReport:
        """Exactly this plan, or nothing; see the port."""
        del proposal, ground, by, code, progress
        raise PlanBlocked(f"{self._thing} cannot be brought back into its place yet")

    def found(self, record: RestoreRecord, ground: Ground) -> str:
        """What lies there after a crash; see the port."""
        del record, ground
        return "nothing is known"

    def settle(self, record: RestoreRecord, ground: Ground, *, undo: bool) -> str:
        """End what a crash cut short; see the port."""
        del record, ground, undo
        raise PlanBlocked(f"{self._thing} cannot be settled yet")

    def revive(self, record: RestoreRecord, ground: Ground) -> str:
        """Once at start; see the port."""
        del record, ground
        return ""
