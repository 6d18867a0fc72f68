"""Accounts and channels in SQLite tables: find, plan, bring back, undo, and settle what a crash cut short.

No program is stopped: SQLite lets several write. The record of a restore stays at "kept" until the transaction is
committed: killed at any point, the database is whole, and `settle_tables` says which of the two it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from core.disk import read_whole, write_whole
from core.domain.errors import (
    BackupServError,
    PlanBlocked,
    RestoreFailed,
    SourceDamaged,
)
from core.domain.finding import Severity
from core.formats.sqlite import inspect, is_sqlite
from core.operations.plan_tables import change_of, plan_undo_in_tables, tables_of
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.restore_report import RestoreReport, Steps, report_of
from core.operations.table_transaction import holds, in_one_transaction
from core.ports import Clock, Progress
from core.registrations.tables import TablePlan, dump, plan_tables
from core.registrations.wish import Erasure, Network, Target, Wishes
from core.sqlite_file import BUSY_SECONDS, copy_sqlite, mend, starts_with

LIMIT = 2 << 30  # bytes: no database is larger than this


def apply_tables(
    plan: TablePlan,
    *,
    backup: bytes,
    database: Path,
    folder: RestoreFolder,
    record: RestoreRecord,
    target: Target,
    wishes: Wishes,
    network: Network,
    erasure: Erasure,
    clock: Clock,
    progress: Progress,
    busy_seconds: float = BUSY_SECONDS,
    limit: int = LIMIT,
) -> RestoreReport:
    """Carry out exactly this plan in one transaction, or nothing.

    `record` is a new one at "stopping"; it ends at "done", or at "abandoned" where nothing was changed. The database
    as it was (`before.db`) and what was changed (`change.json`) lie in its folder before anything changes.

    Raises:
        PlanBlocked, PlanOutdated: nothing was changed; a new plan is needed.
        RestoreFailed: something else failed; nothing was changed, or the message says that it was.
    """
    old = tables_of(backup, "the snapshot")  # before the lock: others wait while we hold it

    def replan(live: bytes) -> TablePlan:
        return plan_tables(
            backup=old,
            live=tables_of(live, "the living database"),
            target=target,
            wishes=wishes,
            network=network,
            erasure=erasure,
            now=clock.now(),
        )

    place = _Place(database=database, folder=folder, record=record, busy_seconds=busy_seconds, limit=limit)
    return _apply(plan, replan, place, clock=clock, progress=progress)


def undo_in_tables(
    plan: TablePlan,
    *,
    change: bytes,
    before: bytes,
    database: Path,
    folder: RestoreFolder,
    record: RestoreRecord,
    wishes: Wishes,
    network: Network,
    clock: Clock,
    progress: Progress,
    erasure: Erasure | None = None,
    busy_seconds: float = BUSY_SECONDS,
    limit: int = LIMIT,
) -> RestoreReport:
    """Carry out a plan of `plan_undo_in_tables`; `record` is a new one, of the undo. The rest is as in a restore.

    Raises:
        The same as `apply_tables`.
    """

    def replan(live: bytes) -> TablePlan:
        return plan_undo_in_tables(
            change=change,
            before=before,
            live=live,
            wishes=wishes,
            network=network,
            erasure=erasure,
            now=clock.now(),
        )

    return _apply(
        plan,
        replan,
        _Place(database=database, folder=folder, record=record, busy_seconds=busy_seconds, limit=limit),
        clock=clock,
        progress=progress,
    )


def kept_change(folder: RestoreFolder, record: RestoreRecord) -> bytes:
    """What a restore changed, row by row, for `plan_undo_in_tables`.

    Raises:
        SourceUnreadable: nothing was kept: it never came that far, or somebody removed it.
    """
    return read_whole(_change_file(folder, record), limit=LIMIT)[0]


def kept_before(folder: RestoreFolder, record: RestoreRecord) -> bytes:
    """The whole database as it was before a restore.

    Raises:
        SourceUnreadable: as for `kept_change`.
    """
    return read_whole(folder.before_image(record), limit=LIMIT)[0]


def settle_tables(record: RestoreRecord, *, database: Path, folder: RestoreFolder, limit: int = LIMIT) -> str:
    """End a restore that a crash cut short: SQLite has made it whole or nothing. Says which, in one sentence.

    To go back after that, undo it as any other.

    Raises:
        SourceUnreadable, SourceDamaged: it cannot be told now; the record stays open.
    """
    if record.step == "kept":
        mend(database, busy_seconds=BUSY_SECONDS)
    if record.step != "kept" or not _was_committed(record, database, folder, limit):
        folder.write(record, "abandoned")
        return f"The database was not changed: {record.what} is not back."
    folder.write(record, "done")
    return f"The change was whole: {record.what} is back."


# --- how --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a restore happens, and where it is written down."""

    database: Path
    folder: RestoreFolder
    record: RestoreRecord
    busy_seconds: float
    limit: int


def _apply(
    plan: TablePlan,
    replan: Callable[[bytes], TablePlan],
    place: _Place,
    *,
    clock: Clock,
    progress: Progress,
) -> RestoreReport:
    _refuse_what_cannot_be(plan, place)
    steps = Steps(clock=clock, progress=progress)
    started = clock.monotonic()
    steps.begin("changing the database in one transaction")
    done = _changed(plan, replan, place)
    steps.end("changed in one transaction")
    steps.begin("reading it back")
    _read_back(done, place)
    steps.end("read back")
    steps.notes += done.notes
    record = place.folder.write(place.record, "done")
    return report_of(record, place.folder, steps, seconds=clock.monotonic() - started)


def _changed(plan: TablePlan, replan: Callable[[bytes], TablePlan], place: _Place) -> TablePlan:
    """The transaction, and the record of it; returns what was carried out."""

    def sound_plan(live: bytes) -> TablePlan:
        refuse_damaged(live)
        return replan(live)

    def keep(content: bytes, fresh: TablePlan) -> None:
        place.folder.keep_before(place.record, content)
        write_whole(_change_file(place.folder, place.record), [dump(fresh)])
        place.folder.write(place.record, "kept", before=sha256(content).hexdigest())

    place.folder.write(place.record, "stopping")
    try:
        return in_one_transaction(
            plan,
            database=place.database,
            limit=place.limit,
            busy_seconds=place.busy_seconds,
            replan=sound_plan,
            keep=keep,
        )
    except Exception:  # what kills us leaves the record open: `settle_tables` looks what became of it
        place.folder.write(place.record, "abandoned")
        raise


def _refuse_what_cannot_be(plan: TablePlan, place: _Place) -> None:
    if plan.blocked:
        raise PlanBlocked(plan.blocked, hint="nothing was changed")
    if not is_sqlite(starts_with(place.database, limit=place.limit)):
        raise SourceDamaged(f"{place.database} is no SQLite database", hint="nothing was changed")


def refuse_damaged(content: bytes) -> None:
    """A damaged database is not written to: SQLite could make it worse.

    Raises:
        SourceDamaged: with the first fault.
    """
    faults = [finding for finding in inspect(content)[1] if finding.severity > Severity.WARNING]
    if faults:
        raise SourceDamaged(f"the living database has {len(faults)} faults; the first: {faults[0]}")


def _read_back(plan: TablePlan, place: _Place) -> None:
    """Somebody may have gone on at once with what came back: that it differs is told, and nothing is undone for it."""
    try:
        tables = tables_of(
            copy_sqlite(place.database, limit=place.limit, busy_seconds=place.busy_seconds), "the living database"
        )
    except BackupServError as error:
        raise RestoreFailed(f"the change was made, and reading it back failed: {error}") from error
    if not holds(tables.all(), plan.insertions):
        raise RestoreFailed(
            "the change was made, and some of its rows are different already",
            hint="does the program write what it has in memory? tell it to read its registrations again",
        )


def _was_committed(record: RestoreRecord, database: Path, folder: RestoreFolder, limit: int) -> bool:
    """Everything comes in one transaction, so one row that was not there before, or is there no more, tells of all."""
    change = change_of(kept_change(folder, record))
    before = tables_of(kept_before(folder, record), "the database from before").all()
    now = tables_of(copy_sqlite(database, limit=limit, busy_seconds=BUSY_SECONDS), "the living database").all()
    if any(holds(now, [row]) and not holds(before, [row]) for row in change.insertions):
        return True
    return bool(change.removals) and not holds(now, change.removals) and not change.insertions


def _change_file(folder: RestoreFolder, record: RestoreRecord) -> Path:
    return folder.before_image(record).with_name("change.json")
