"""How one thing comes back: the table of ways is in `ways.py`."""

from typing import Protocol

from core.domain.snapshot import Snapshot
from core.domain.thing import ThingWish
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import RestoreReport
from core.operations.things.ground import Ground
from core.operations.things.proposal import ThingProposal, ThingUndo
from core.ports import Progress
from core.registrations.wish import Wishes


class Way(Protocol):
    """Plan, carry out, undo and settle, for one thing of one source."""

    def plan(self, wish: ThingWish, snapshot: Snapshot, ground: Ground, progress: Progress) -> ThingProposal:
        """What it would do. Changes nothing.

        Raises:
            PlanBlocked: it makes no sense at all. What only stands in the way is the plan's `blocked` or a conflict.
        """
        ...

    def plan_undo(self, record: RestoreRecord, wishes: Wishes, ground: Ground, progress: Progress) -> ThingUndo:
        """What taking it back would do. Changes nothing.

        What somebody changed since stays, but for what `wishes` choose to "replace".
        """
        ...

    def apply(
        self, proposal: ThingProposal | ThingUndo, ground: Ground, *, by: str, code: str, progress: Progress
    ) -> RestoreReport:
        """Exactly this plan, or nothing: whatever fails, what was there is in place afterwards. The lock is held.

        Raises:
            PlanBlocked, PlanOutdated: nothing was changed; a new plan is needed.
            RestoreFailed: something else failed; says what, and that the old is back.
        """
        ...

    def found(self, record: RestoreRecord, ground: Ground) -> str:
        """What lies there after a crash cut it short: "all files are as they were". Changes nothing, never raises."""
        ...

    def settle(self, record: RestoreRecord, ground: Ground, *, undo: bool) -> str:
        """End what a crash cut short: finish it, or with `undo` put back what was there. One sentence.

        Safe to repeat, and after a crash at any step of its own.
        """
        ...

    def revive(self, record: RestoreRecord, ground: Ground) -> str:
        """Once at start, of one that was cut short: no mix of old and new stays, and what ran runs again.

        Returns what was done, in a sentence; "" = nothing. Never raises. The record stays open for a person to settle.
        """
        ...
