"""A restore that a crash cut short: say what was found, and finish it or undo it."""

from dataclasses import dataclass
from typing import Literal

from core.disk import read_whole
from core.domain.errors import BackupServError
from core.formats.sqlite.header import is_sqlite
from core.operations.live_database import wait_for_services
from core.operations.restore_record import ABSENT, RestoreFolder, RestoreRecord
from core.operations.roll_back import roll_back
from core.operations.site import Site
from core.operations.unaudited import is_done
from core.operations.whole_file import digest_of, read_now
from core.ports import Clock, Journal
from core.sqlite_file import starts_with

Found = Literal["old", "new", "newer", "whole", "unreadable"]
_WORDS: dict[Found, str] = {
    "old": "the database is whole and as it was before",
    "new": "the database is whole and has what was restored",
    "newer": "services have saved since, so they run on a whole database",
    "whole": "SQLite keeps the database whole: as it was, or with all of the change",
    "unreadable": "the live database cannot be read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """One restore that was cut short, and what lies there now."""

    record: RestoreRecord
    found: Found
    running: bool | None  # None: cannot be told

    def __str__(self) -> str:
        services = {
            True: "services run",
            False: "services are down",
            None: "whether services run cannot be told",
        }
        return (
            f"restore {self.record.id} of {self.record.what} (by {self.record.by}) was cut short at "
            f'"{self.record.step}": {_WORDS[self.found]}; {services[self.running]}'
        )


def interrupted(site: Site, folder: RestoreFolder) -> tuple[Interrupted, ...]:
    """Every unfinished restore of this site, with what was found. Changes nothing."""
    return tuple(
        look(record, site) for record in folder.unfinished() if record.source == site.name and not record.is_whole
    )


def look(record: RestoreRecord, site: Site) -> Interrupted:
    """One of them, and what lies there now."""
    return Interrupted(record=record, found=_found(record, site), running=_running(site))


def settle(
    item: Interrupted,
    site: Site,
    folder: RestoreFolder,
    journal: Journal,
    clock: Clock,
    *,
    undo: bool = False,
) -> str:
    """End a restore that was cut short. Returns what was done, in one sentence.

    Without `undo` the database that lies there is kept: it is whole in every case. With it, the database from
    before the restore is put back, and what services saved since is lost.
    """
    record = item.record
    if record.format == "tables":
        from core.operations.restore_tables import settle_tables  # noqa: PLC0415 — `status` must not wait for it

        outcome = settle_tables(record, database=site.database, folder=folder, limit=site.limit)
    else:
        outcome = end(item, site, folder, clock, undo=undo)
    with is_done(outcome.removesuffix(".")):
        journal.record("restore settled", id=record.id, outcome=outcome, undo=str(undo).lower())
    return outcome


def end(item: Interrupted, site: Site, folder: RestoreFolder, clock: Clock, *, undo: bool) -> str:
    """The same for a file that is replaced whole, without its line in the audit trail."""
    record = item.record
    if undo and item.found != "old":
        # The record may be one step behind the disk: whatever it says, the file is not the old one.
        return roll_back(folder.write(record, "replaced"), site, folder, clock)
    started = start_again(record, site, clock)
    folder.write(record, "done" if _took_place(item, site, folder) else "abandoned")
    return f"{_WORDS[item.found][0].upper()}{_WORDS[item.found][1:]}{'; services were started' if started else ''}."


def _took_place(item: Interrupted, site: Site, folder: RestoreFolder) -> bool:
    """Whether what lies there has the change in it, or had it and lived on."""
    if item.found in {"old", "new"} or item.record.step in {"stopping", "kept"}:
        return item.found == "new"
    if item.found == "unreadable" or item.record.step != "replacing":
        return True
    if is_sqlite(starts_with(site.database, limit=site.limit)):
        return True  # an undo brings back what was kept, whichever of the two it was
    # Cut short around the rename, and services have saved since: one of its rows tells.
    change, rows = folder.change(item.record), set(read_whole(site.database, limit=site.limit)[0].split(b"\n"))
    return not rows.isdisjoint(change.added) if change.added else rows.isdisjoint(change.removed)


def revive(item: Interrupted, site: Site, clock: Clock) -> str:
    """Start services again that ran before a restore was cut short; the record stays open for a person to settle."""
    story = f"{item}. `backupserv restore settle {item.record.id}` ends it, with --undo it goes back"
    try:
        return f"{story}. Services were started again." if start_again(item.record, site, clock) else story
    except BackupServError as error:
        return f"{story}. SERVICES COULD NOT BE STARTED: {error}"


def start_again(record: RestoreRecord, site: Site, clock: Clock) -> bool:
    """Start services that ran before, and do not now. Returns whether that was needed."""
    if not (record.was_running and site.control.can_act) or site.control.is_running():
        return False
    site.control.start()
    wait_for_services(site, clock)
    return True


def _found(record: RestoreRecord, site: Site) -> Found:
    if record.format == "tables":
        return "whole"
    if record.before == ABSENT and not site.database.exists():
        return "old"
    try:
        digest = digest_of(read_now(site.database, limit=site.limit))
    except BackupServError:
        return "unreadable"
    if record.after and digest == record.after:
        return "new"
    return "old" if not record.before or digest == record.before else "newer"


def _running(site: Site) -> bool | None:
    try:
        return site.control.is_running()
    except BackupServError:
        return None
