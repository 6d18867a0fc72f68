"""What a database's first bytes decide: which engine reads it, plans for it and takes a restore back."""

from datetime import datetime

from core.disk import modified_at, read_whole
from core.domain.errors import PlanBlocked
from core.formats.atheme import lookup_in, parse
from core.formats.sqlite import is_sqlite
from core.operations.plan_tables import find_in_tables, plan_in_tables, plan_undo_in_tables
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.restore_tables import kept_before, kept_change
from core.operations.site import Site
from core.ports import Progress
from core.registrations.plan import Plan
from core.registrations.planning import plan_rows
from core.registrations.selection import find_in_rows
from core.registrations.undo import plan_undo
from core.registrations.wish import Erasure, Network, Target, Wishes
from core.sqlite_file import BUSY_SECONDS, copy_sqlite, saved_at, starts_with


def read_live(site: Site, progress: Progress) -> tuple[bytes, datetime]:
    """The living database and when it was saved: just now, if services can be asked.

    An account that was dropped a minute ago is still in the file of their last save.
    """
    is_text = not is_sqlite(starts_with(site.database, limit=site.limit))
    if is_text and site.services.can_save and site.control.is_running():
        capture = site.source.capture(progress)
        return capture.content, capture.saved_at
    return read_saved(site, progress)


def read_saved(site: Site, progress: Progress) -> tuple[bytes, datetime]:
    """The living database as it was last saved, and when: services are not asked for anything.

    Raises:
        SourceUnreadable, SourceDamaged: it cannot be read.
    """
    progress.step("reading the living database")
    if is_sqlite(starts_with(site.database, limit=site.limit)):
        return copy_sqlite(site.database, limit=site.limit, busy_seconds=BUSY_SECONDS), saved_at(site.database)
    return read_whole(site.database, limit=site.limit)[0], modified_at(site.database)


def find_in(content: bytes, target: Target, network: Network) -> bool:
    """Whether a database has it."""
    if is_sqlite(content):
        return find_in_tables(content, target, network)
    if target.kind == "account":
        return lookup_in(content, target.name.encode("utf-8", "surrogateescape"), network.casemapping) is not None
    return find_in_rows(parse(content), target, network.casemapping) is not None


def plan_in(
    *,
    backup: bytes,
    live: bytes,
    target: Target,
    wishes: Wishes,
    network: Network,
    erasure: Erasure,
    now: datetime,
) -> Plan:
    """What bringing `target` back would do.

    Raises:
        PlanBlocked: the two databases are of different formats, or see `plan_rows` and `plan_in_tables`.
    """
    if is_sqlite(backup) != is_sqlite(live):
        raise PlanBlocked("the snapshot and the living database are of different formats", hint="choose another one")
    if is_sqlite(live):
        return plan_in_tables(
            backup=backup, live=live, target=target, wishes=wishes, network=network, erasure=erasure, now=now
        )
    old, rows = parse(backup), parse(live)
    return plan_rows(backup=old, live=rows, target=target, wishes=wishes, network=network, erasure=erasure, now=now)


def plan_undo_in(
    record: RestoreRecord,
    folder: RestoreFolder,
    *,
    live: bytes,
    wishes: Wishes,
    network: Network,
    erasure: Erasure,
    now: datetime,
) -> Plan:
    """What taking a restore back would do. `wishes` say how tables meet what has changed since; rows need none.

    Raises:
        PlanBlocked: the living database is of another format by now.
    """
    if is_sqlite(live) != (record.format == "tables"):
        raise PlanBlocked("the living database is of another format than it was at that restore")
    if record.format == "tables":
        change, before = kept_change(folder, record), kept_before(folder, record)
        return plan_undo_in_tables(
            change=change, before=before, live=live, wishes=wishes, network=network, erasure=erasure, now=now
        )
    return plan_undo(change=folder.change(record), live=parse(live), now=now, network=network, erasure=erasure)
