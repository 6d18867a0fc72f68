"""Preview: what taking a restore back would do. It undoes that restore, and not the life since."""

from datetime import datetime

from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.domain.moment import show
from core.operations.by_format import plan_undo_in, read_live
from core.operations.plan_restore import what_restarts
from core.operations.proposal import UndoPlan
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.site import Site
from core.ports import Clock, Progress
from core.registrations.wish import Erasure, Wishes


def plan_undo(
    record: RestoreRecord,
    wishes: Wishes,
    *,
    site: Site,
    folder: RestoreFolder,
    erasure: Erasure,
    clock: Clock,
    progress: Progress,
) -> UndoPlan:
    """The plan for taking that restore back."""
    now = clock.now()
    live, saved_at = read_live(site, progress)
    plan = plan_undo_in(record, folder, live=live, wishes=wishes, network=site.network, erasure=erasure, now=now)
    return UndoPlan(
        wishes=wishes,
        undone=record,
        plan=plan,
        headline=f"undo {record.id}: {record.what}, restored by {record.by} at "
        f"{show(datetime.fromisoformat(record.begun_at))}",
        made_at=now,
        live_saved_at=saved_at,
        restart=what_restarts(plan, site),
    )


def record_to_undo(restore_id: str, folder: RestoreFolder, now: datetime) -> RestoreRecord:
    """The record of the restore that shall be taken back.

    Raises:
        SnapshotNotFound: there is no such restore.
        PlanBlocked: it never ended well, was taken back before, or is too long ago.
    """
    records = list(folder.all())
    for record in records:
        if record.id == restore_id.upper():
            _refuse_late(record, folder, now)
            return record
    done = [record for record in records if record.step == "done" and not record.undone_by]
    hint = f"the newest that can be undone is {done[-1].id} ({done[-1].what})" if done else "nothing was restored yet"
    raise SnapshotNotFound("no restore has that code", hint=hint)


def _refuse_late(record: RestoreRecord, folder: RestoreFolder, now: datetime) -> None:
    before = folder.before_image(record)
    if record.undone_by:
        raise PlanBlocked(f"restore {record.id} was undone already", hint=f"`undo {record.undone_by}` brings it back")
    if record.step != "done":
        raise PlanBlocked(f"restore {record.id} changed nothing that is there now: it ended as {record.step}")
    if now > record.undo_until:
        raise PlanBlocked(
            f"restore {record.id} could be undone until {show(record.undo_until)}",
            hint=f"the database from before it still lies at {before}" if before.exists() else "",
        )
