"""A restore into SQLite tables, with its record and its line in the audit trail."""

from core.domain.errors import BackupServError, PlanBlocked
from core.operations.new_record import new_record
from core.operations.proposal import Proposal, RestorePlan, UndoPlan
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.restore_report import RestoreReport
from core.operations.restore_tables import apply_tables, kept_before, kept_change, undo_in_tables
from core.operations.site import Site
from core.ports import Clock, Journal, Progress
from core.registrations.tables import TablePlan
from core.registrations.wish import Erasure
from core.repository.repository import Repository


class TableRestore:
    """Rows back into the tables of one site: one transaction, and no program is stopped."""

    def __init__(
        self, *, site: Site, repository: Repository, folder: RestoreFolder, journal: Journal, clock: Clock
    ) -> None:
        self._site = site
        self._repository = repository
        self._folder = folder
        self._journal = journal
        self._clock = clock

    def apply(
        self, proposal: Proposal, *, erasure: Erasure, by: str, code: str = "", progress: Progress
    ) -> RestoreReport:
        """Do what the plan says, or nothing.

        Raises:
            PlanBlocked, PlanOutdated: nothing was changed; a new plan is needed.
            RestoreFailed: something else failed; says what, and whether anything was changed.
        """
        record = new_record(proposal, self._folder, self._site, by=by, code=code, clock=self._clock)
        self._journal.record("restore begun", id=record.id, what=record.what, undoes=record.undoes, by=by)
        try:
            report = self._carried_out(proposal, record, erasure, progress)
        except BackupServError as error:
            self._journal.record("restore failed", id=record.id, reason=str(error))
            raise
        self._journal.record("restore done", id=record.id, what=record.what, by=by)
        return report

    def _carried_out(
        self, proposal: Proposal, record: RestoreRecord, erasure: Erasure, progress: Progress
    ) -> RestoreReport:
        plan, network = proposal.plan, self._site.network
        if not isinstance(plan, TablePlan):
            raise PlanBlocked("that plan is not for SQLite tables")
        if isinstance(proposal, RestorePlan):
            return apply_tables(
                plan,
                backup=self._repository.content(proposal.snapshot),
                database=self._site.database,
                folder=self._folder,
                record=record,
                target=proposal.target,
                wishes=proposal.wishes,
                network=network,
                erasure=erasure,
                clock=self._clock,
                progress=progress,
                limit=self._site.limit,
            )
        if not isinstance(proposal, UndoPlan):
            raise PlanBlocked("nothing is known of how to carry that plan out")
        return undo_in_tables(
            plan,
            change=kept_change(self._folder, proposal.undone),
            before=kept_before(self._folder, proposal.undone),
            database=self._site.database,
            folder=self._folder,
            record=record,
            wishes=proposal.wishes,
            network=network,
            erasure=erasure,
            clock=self._clock,
            progress=progress,
            limit=self._site.limit,
        )
