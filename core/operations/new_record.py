"""The record of a restore that is about to begin."""

from core.operations.proposal import Proposal, RestorePlan, UndoPlan
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.site import Site
from core.operations.things.proposal import ThingPlan, ThingProposal, ThingUndo
from core.ports import Clock
from core.registrations.tables import TablePlan


def new_record(
    proposal: Proposal, folder: RestoreFolder, site: Site, *, by: str, code: str, clock: Clock
) -> RestoreRecord:
    """Not on disk yet. Its id is the code that was agreed to, unless an older restore has that one."""
    in_tables = isinstance(proposal.plan, TablePlan)
    is_whole = isinstance(proposal.plan, ThingPlan)
    return RestoreRecord(
        id=folder.free_id(code),
        kind=proposal.plan.kind,
        name=proposal.plan.name,
        snapshot=proposal.snapshot.id if isinstance(proposal, RestorePlan | ThingProposal) else "",
        undoes=proposal.undone.id if isinstance(proposal, UndoPlan | ThingUndo) else "",
        by=by,
        begun_at=clock.now().isoformat(),
        source=site.name,
        step="stopping",
        was_running=not in_tables and site.control.is_running(),
        format="database" if is_whole else "tables" if in_tables else "rows",
    )
