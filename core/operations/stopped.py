"""Services that are stopped for a change of their database, and started again: what every such change has in common.

The order is the safety: services rewrite their whole database when they stop, and never read it again while they run,
so the change is made on the file that the stop wrote, and only while no process lives.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from core.disk import free_space, read_whole
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
from core.formats.sqlite.header import is_sqlite
from core.operations.live_database import put_in_place, wait_for_services
from core.operations.owner import must_be_readable
from core.operations.replaceable import must_be_replaceable
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.restore_report import RestoreReport, Steps, report_of
from core.operations.roll_back import roll_back
from core.operations.site import Site
from core.operations.whole_file import digest_of
from core.ports import Clock, Journal


class StoppedServices:
    """The steps of a change of one site's database, each to be taken once and in this order."""

    def __init__(self, *, site: Site, folder: RestoreFolder, journal: Journal, clock: Clock) -> None:
        self._site = site
        self._folder = folder
        self._journal = journal
        self._clock = clock
        self._who = "services" if site.is_services else f"the programs of {site.name}"

    def must_have_room(self, size: int) -> None:
        """For the new database, and for the one that services write when they stop; and we may put it there.

        Raises:
            StorageFull: there is not enough.
            StorageUnavailable: it could not be written.
        """
        must_be_replaceable(self._site)
        place = next(path for path in self._site.database.parents if path.is_dir())
        free, need = free_space(place), 3 * size + 65536
        if free < need:
            raise StorageFull(
                f"{place} has {show_size(free)} free; a restore needs {show_size(need)}",
                hint="a full disk makes services destroy their database: free space first",
            )

    def begin(self, record: RestoreRecord) -> RestoreRecord:
        """The record of it, on disk and in the audit trail."""
        self._journal.record(
            "restore begun",
            id=record.id,
            what=record.what,
            snapshot=record.snapshot,
            undoes=record.undoes,
            by=record.by,
        )
        return self._folder.write(record, "stopping")

    def stop(self, record: RestoreRecord, steps: Steps) -> None:
        """Services are gone, and have written what they had."""
        self._set_aside_leftover(record)
        steps.begin(f"stopping {self._who}")
        self._site.control.stop()
        self._be_sure_it_is_gone()
        if self._site.is_services or self._site.control.can_act:
            steps.end(f"stopped {self._who}" if record.was_running else f"{self._who} were down")

    def _set_aside_leftover(self, record: RestoreRecord) -> None:
        """Services write over a left-over `.new` without cutting it: its old tail would end up in the database."""
        leftover = self._site.database.with_name(self._site.database.name + ".new")
        if leftover.is_symlink() or leftover.exists():
            leftover.rename(leftover.with_name(f"{leftover.name}.{record.id}"))

    def _be_sure_it_is_gone(self) -> None:
        if self._site.control.is_running():
            raise ControlFailed(f"{self._who} still run after they were stopped", hint="does something restart them?")

    def judge(self, result: bytes, prove: Callable[[], None], steps: Steps) -> None:
        """The proof, our own check, and the real program's verdict side by side: they do not need each other."""
        steps.begin("proving it, and checking every row")
        with ThreadPoolExecutor(1) as pool:
            rehearsal = pool.submit(self._rehearse, result, steps)
            try:
                prove()
            finally:
                wait([rehearsal])
            steps.end(rehearsal.result())

    def refuse_damage(self, result: bytes, base: bytes | None = None) -> None:
        """A result without faults says that its base has none that matter; only otherwise it is asked which has.

        Raises:
            SourceDamaged: with the first fault.
        """
        faults = self._faults(result)
        if not faults:
            return
        theirs = self._faults(base) if base is not None else []
        what, faults = ("the database that services wrote", theirs) if theirs else ("the result", faults)
        raise SourceDamaged(f"{what} has {len(faults)} faults; the first: {faults[0]}")

    def _faults(self, content: bytes) -> list[Finding]:
        return [item for item in self._site.source.inspect(content)[1] if item.severity > Severity.WARNING]

    def _rehearse(self, result: bytes, steps: Steps) -> str:
        if self._site.rehearsal is None:
            if not is_sqlite(result):
                steps.notes.append("not loaded in the real program first: no rehearsal is configured")
            return "checked"
        return f"checked, {self._site.rehearsal.load(result, steps.progress)}"

    def before_replacing(self, record: RestoreRecord, result: bytes) -> RestoreRecord:
        """From here on the old database may be gone: the record says so first."""
        return self._folder.write(record, "replacing", after=digest_of(result))

    def replace(self, result: bytes, steps: Steps, *, name: str = "") -> None:
        """The result is in place, and services may read it. What lay beside an old one is set aside under `name`."""
        steps.begin("replacing the database")
        self._be_sure_it_is_gone()
        put_in_place(self._site.database, result, owner=self._site.owner, name=name)
        must_be_readable(self._site.database, self._site.owner)
        steps.end("replaced")

    def start(self, record: RestoreRecord, steps: Steps) -> RestoreRecord:
        """Services live on it."""
        if not self._site.control.can_act:
            if self._site.is_services:
                steps.notes.append("services were not started (control is none): start them now")
            return record
        steps.begin(f"starting {self._who}")
        record = self._folder.write(record, "starting")
        self._site.control.start()
        wait_for_services(self._site, self._clock)
        steps.end(f"started {self._who}")
        return record

    def end(self, record: RestoreRecord, steps: Steps, *, seconds: float) -> RestoreReport:
        """It is done, and written down."""
        record = self._folder.write(record, "done")
        self._journal.record("restore done", id=record.id, what=record.what, by=record.by)
        return report_of(record, self._folder, steps, seconds=seconds)

    def put_back(self, record: RestoreRecord, error: BaseException) -> None:
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


def saved_now(site: Site, steps: Steps) -> bytes:
    """The living database as services have it; where they can be asked, this proves that they can still save."""
    if site.control.is_running() and site.services.can_save:
        steps.begin("asking services to save")
        content = site.source.capture(steps.progress).content
        steps.end("saved")
        return content
    return read_whole(site.database, limit=site.limit)[0]
