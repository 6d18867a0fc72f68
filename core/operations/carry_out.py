"""Carry out what was agreed to, in the way of the database's format."""

from dataclasses import replace

from core.domain.errors import PlanBlocked
from core.erasure import Tombstones
from core.operations.proposal import Proposal
from core.operations.replan import replanner
from core.operations.restore_record import RestoreFolder
from core.operations.restore_report import RestoreReport
from core.operations.restore_rows import RowRestore
from core.operations.site import Site
from core.operations.table_restore import TableRestore
from core.operations.unaudited import RestoreJournal
from core.ports import Clock, Journal, Progress
from core.registrations.row_plan import RowPlan
from core.registrations.tables import TablePlan
from core.repository.repository import Repository


def carry_out(
    proposal: Proposal,
    *,
    site: Site,
    repository: Repository,
    folder: RestoreFolder,
    tombstones: Tombstones,
    journal: Journal,
    clock: Clock,
    by: str,
    code: str,
    progress: Progress,
) -> RestoreReport:
    """Exactly this plan, or nothing. The caller holds the lock.

    Raises:
        PlanBlocked, PlanOutdated, RestoreFailed: see `RowRestore.apply` and `TableRestore.apply`.
    """
    trail = RestoreJournal(journal, progress)
    if isinstance(proposal.plan, TablePlan):
        tables = TableRestore(site=site, repository=repository, folder=folder, journal=trail, clock=clock)
        report = tables.apply(proposal, erasure=tombstones.forgotten(), by=by, code=code, progress=progress)
    elif isinstance(proposal.plan, RowPlan):
        replan = replanner(proposal, site, repository=repository, folder=folder, tombstones=tombstones, clock=clock)
        rows = RowRestore(site=site, folder=folder, journal=trail, clock=clock)
        report = rows.apply(proposal, replan, by=by, code=code, progress=progress)
    else:
        raise PlanBlocked("nothing is known of how to carry that plan out")
    return replace(report, notes=(*report.notes, *trail.lacking))
