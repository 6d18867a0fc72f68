"""The way back from a restore, whole or cut short."""

from contextlib import suppress

from core.disk import read_whole
from core.domain.errors import BackupServError
from core.operations.live_database import put_in_place, wait_for_services
from core.operations.restore_record import ABSENT, RestoreFolder, RestoreRecord
from core.operations.site import Site
from core.operations.whole_file import digest_of, read_now
from core.ports import Clock


def put_old_back(record: RestoreRecord, site: Site, folder: RestoreFolder) -> None:
    """The file as it was before, or none where there was none."""
    if record.before == ABSENT:
        site.database.unlink(missing_ok=True)
        return
    with suppress(BackupServError):
        if digest_of(read_now(site.database, limit=site.limit)) == record.before:
            return  # it was never replaced: who keeps us out now did so before
    old = read_whole(folder.before_image(record), limit=site.limit)[0]
    put_in_place(site.database, old, owner=site.owner, name=record.id)


def roll_back(record: RestoreRecord, site: Site, folder: RestoreFolder, clock: Clock) -> str:
    """The database as services left it, and services as they were. Returns what was done, in one sentence.

    Safe to repeat, and after a crash at any step.
    """
    changed = record.step in {"replacing", "replaced", "starting"}
    if changed:
        site.control.stop()
        put_old_back(record, site, folder)
    if site.control.can_act and record.was_running and not site.control.is_running():
        site.control.start()
        wait_for_services(site, clock)
    folder.write(record, "rolled back" if changed else "abandoned")
    put = "The old database is back in place" if changed else "The database was not changed"
    return f"{put}{'; services run again' if record.was_running and site.control.can_act else ''}."
