"""Carry out a plan: stop, keep, splice, prove, rehearse, replace, start, ask; and put back on any failure.

The order is the safety: services rewrite their whole database when they stop, and never read it again
while they run, so the splice is made on the file that the stop wrote, and only while no process lives.
Services are down meanwhile, so what can be done before is done before, and what can be done side by side is.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from hashlib import sha256

from core.disk import free_space, read_whole
from core.domain.casemapping import Casemapping
from core.domain.errors import (
    BackupServError,
    ControlFailed,
    PlanBlocked,
    PlanOutdated,
    RestoreFailed,
    SourceDamaged,
    StorageFull,
)
from core.domain.finding import Finding, Severity
from core.domain.size import show_size
from core.formats.atheme import parse
from core.operations.live_database import put_in_place, wait_for_services
from core.operations.new_record import new_record
from core.operations.proposal import Proposal
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.restore_report import RestoreReport, Steps, report_of
from core.operations.roll_back import roll_back
from core.operations.site import Site
from core.ports import Clock, Journal, Progress
from core.registrations.living import Living
from core.registrations.row_change import Change
from core.registrations.row_plan import RowPlan
from core.registrations.splice import prove_rows, splice

Replan = Callable[[Living], RowPlan]
"""Makes the plan again, on the database as it is by then."""


class RowRestore:
    """Rows back into the living database of one site."""

    def __init__(self, *, site: Site, folder: RestoreFolder, journal: Journal, clock: Clock) -> None:
        self._site = site
        self._folder = folder
        self._journal = journal
        self._clock = clock

    def apply(
        self, proposal: Proposal, replan: Replan, *, by: str, code: str = "", progress: Progress
    ) -> RestoreReport:
        """Do what the plan says, or nothing. `code` becomes the restore's id where it is free.

        Whatever fails, the database that services had is in place afterwards, and services run if they ran.

        Raises:
            PlanBlocked, PlanOutdated: nothing was changed; a new plan is needed.
            RestoreFailed: something else failed; says what, and that the old database is back.
        """
        if proposal.blocked:
            raise PlanBlocked(proposal.blocked, hint="nothing was changed")
        steps = Steps(clock=self._clock, progress=progress)
        started = self._clock.monotonic()
        self._prepare(proposal, replan, steps)
        record = self._begin(proposal, by, code)
        try:
            base = self._stop(record, steps)
            record, result = self._splice(proposal, replan, record, base, steps)
            record = self._folder.write(record, "replacing", after=_digest(result))
            self._replace(result, steps)
            record = self._folder.write(record, "replaced")
            record = self._start(record, steps)
        except BaseException as error:
            self._put_back(record, error)
            raise
        return self._end(record, steps, seconds=self._clock.monotonic() - started)

    def _end(self, record: RestoreRecord, steps: Steps, *, seconds: float) -> RestoreReport:
        record = self._folder.write(record, "done")
        self._journal.record("restore done", id=record.id, what=record.what, by=record.by)
        return report_of(record, self._folder, steps, seconds=seconds)

    # --- before anything changes -------------------------------------------------------------

    def _prepare(self, proposal: Proposal, replan: Replan, steps: Steps) -> None:
        """Refuse now what would fail while services are down; so they are not stopped for a plan that is dead."""
        folder = self._site.database.parent
        free, need = free_space(folder), 3 * self._site.database.stat().st_size + 65536
        if free < need:
            raise StorageFull(
                f"{folder} has {show_size(free)} free; a restore needs {show_size(need)}",
                hint="a full disk makes services destroy their database: free space first",
            )
        if self._site.control.is_running() and self._site.services.can_save:
            steps.begin("asking services to save")
            content = self._site.source.capture(steps.progress).content  # proves that they can still save
            steps.end("saved")
        else:
            content = read_whole(self._site.database, limit=self._site.limit)[0]
        _same_plan(proposal, replan, content, self._site.casemapping)

    def _begin(self, proposal: Proposal, by: str, code: str) -> RestoreRecord:
        record = new_record(proposal, self._folder, self._site, by=by, code=code, clock=self._clock)
        self._journal.record(
            "restore begun", id=record.id, what=record.what, snapshot=record.snapshot, undoes=record.undoes, by=by
        )
        return self._folder.write(record, "stopping")

    def _stop(self, record: RestoreRecord, steps: Steps) -> bytes:
        """Services are gone; returns what they wrote."""
        self._set_aside_leftover(record)
        steps.begin("stopping services")
        self._site.control.stop()
        self._be_sure_it_is_gone()
        steps.end("stopped services" if record.was_running else "services were down")
        return read_whole(self._site.database, limit=self._site.limit)[0]

    def _set_aside_leftover(self, record: RestoreRecord) -> None:
        """Services write over a left-over `.new` without cutting it: its old tail would end up in the database."""
        leftover = self._site.database.with_name(self._site.database.name + ".new")
        if leftover.is_symlink() or leftover.exists():
            leftover.rename(leftover.with_name(f"{leftover.name}.{record.id}"))

    def _be_sure_it_is_gone(self) -> None:
        if self._site.control.is_running():
            raise ControlFailed("services still run after they were stopped", hint="does something restart them?")

    # --- the change --------------------------------------------------------------------------

    def _splice(
        self, proposal: Proposal, replan: Replan, record: RestoreRecord, base: bytes, steps: Steps
    ) -> tuple[RestoreRecord, bytes]:
        """The result, proven; the way back and what is changed lie on disk by then."""
        steps.begin("splicing")
        with ThreadPoolExecutor(1) as pool:
            kept = pool.submit(self._folder.keep_before, record, base)
            living, plan = _same_plan(proposal, replan, base, self._site.casemapping)
            result = splice(living, plan)
            kept.result()
        record = self._folder.write(record, "kept", before=_digest(base))
        change = Change(kind=plan.kind, name=plan.name, added=plan.additions, removed=plan.removals)
        self._folder.keep_change(record, change)
        steps.end("spliced")
        self._judge(base, result, plan, steps)
        return record, result

    def _judge(self, base: bytes, result: bytes, plan: RowPlan, steps: Steps) -> None:
        """The proof, our own check, and the real program's verdict side by side: they do not need each other."""
        steps.begin("proving it, and checking every row")
        with ThreadPoolExecutor(1) as pool:
            rehearsal = pool.submit(self._rehearse, result, steps)
            try:
                prove_rows(base, result, plan)
                self._refuse_damage(base, result)
            finally:
                wait([rehearsal])
            steps.end(rehearsal.result())

    def _refuse_damage(self, base: bytes, result: bytes) -> None:
        """A result without faults says that its base has none that matter; only otherwise it is asked which has."""
        faults = self._faults(result)
        if not faults:
            return
        theirs = self._faults(base)
        what, faults = ("the database that services wrote", theirs) if theirs else ("the result", faults)
        raise SourceDamaged(f"{what} has {len(faults)} faults; the first: {faults[0]}")

    def _faults(self, content: bytes) -> list[Finding]:
        return [item for item in self._site.source.inspect(content)[1] if item.severity > Severity.WARNING]

    def _rehearse(self, result: bytes, steps: Steps) -> str:
        if self._site.rehearsal is None:
            steps.notes.append("not loaded in the real program first: no rehearsal is configured")
            return "checked"
        return f"checked, {self._site.rehearsal.load(result, steps.progress)}"

    def _replace(self, result: bytes, steps: Steps) -> None:
        steps.begin("replacing the database")
        self._be_sure_it_is_gone()
        put_in_place(self._site.database, result)
        steps.end("replaced")

    def _start(self, record: RestoreRecord, steps: Steps) -> RestoreRecord:
        if not self._site.control.can_act:
            steps.notes.append("services were not started (control is none): start them now")
            return record
        steps.begin("starting services")
        record = self._folder.write(record, "starting")
        self._site.control.start()
        wait_for_services(self._site, self._clock)
        steps.end("started services")
        return record

    # --- the way back ------------------------------------------------------------------------

    def _put_back(self, record: RestoreRecord, error: BaseException) -> None:
        """Undo what was begun; raises RestoreFailed with both stories where there is something to tell."""
        why = str(error) if isinstance(error, BackupServError) else f"{type(error).__name__}"
        try:
            outcome = roll_back(record, self._site, self._folder, self._clock)
        except BackupServError as second:
            self._journal.record("restore failed, not put back", id=record.id, reason=why, second=str(second))
            raise RestoreFailed(
                f"{why}. And putting the old database back failed: {second}",
                hint=f"it lies whole at {self._folder.before_image(record)}: `backupserv restore settle {record.id}`",
            ) from error
        self._journal.record("restore failed", id=record.id, reason=why, outcome=outcome)
        if isinstance(error, PlanBlocked | PlanOutdated):
            return
        if isinstance(error, Exception):
            raise RestoreFailed(f"{why}. {outcome}") from error


def _same_plan(proposal: Proposal, replan: Replan, content: bytes, casemapping: Casemapping) -> tuple[Living, RowPlan]:
    """The plan made again on these bytes.

    Raises:
        PlanOutdated: it would not do what was agreed to.
    """
    living = Living(parse(content), casemapping)
    plan = replan(living)
    if plan.digest != proposal.digest:
        raise PlanOutdated(
            "services changed what this plan rests on since it was shown", hint="ask for the restore again"
        )
    return living, plan


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
