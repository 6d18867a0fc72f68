"""A drill of an SQLite database: SQLite itself opens it as its program would, proves it, and counts every table."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing

from core.disk import read_whole, write_whole
from core.domain.drill import as_saved
from core.domain.errors import ObjectDamaged, SourceDamaged, StorageUnavailable
from core.formats.sqlite import quoted
from core.operations.drilling.course import Course, Ending
from core.operations.site import Site
from core.registrations.words import plural
from core.sqlite_file import connect, unreadable

_TABLES = 1000
_BUSY_SECONDS = 5.0


def live_in_sqlite(site: Site, course: Course, content: bytes, counts: Mapping[str, int]) -> Ending:
    """Placed, opened for writing, proven by `PRAGMA integrity_check`, asked, and read back.

    Raises:
        ObjectDamaged: SQLite finds a fault that reading it did not.
        StorageFull, StorageUnavailable: there is no place for it, or SQLite cannot work there.
    """
    path = course.work / "drill.sqlite"
    with course.step("placed", "placing it where nobody uses it"):
        write_whole(path, [content])
    try:
        with closing(connect(path, mode="rw", busy_seconds=_BUSY_SECONDS)) as live:
            _prove(live, course)
            _ask(live, course)
    except sqlite3.DatabaseError as error:
        if isinstance(unreadable(path, error), SourceDamaged):
            raise ObjectDamaged(f"SQLite does not live on it: {error}") from None
        raise StorageUnavailable(f"SQLite cannot work here: {error}", hint="is there room in state_dir?") from None
    with course.step("compared", "comparing what it left with what was restored"):
        saved, _ = site.source.inspect(read_whole(path, limit=2 * len(content) + (1 << 20))[0])
    changed = [kind for kind in counts.keys() | saved.keys() if counts.get(kind) != saved.get(kind)]
    if changed:
        detail = f"it has other {min(changed)} than what was restored"
        return Ending(level=3, verdict="damaged", detail=detail, counts=counts, saved=saved)
    program = f"SQLite {sqlite3.sqlite_version}"
    return Ending(level=4, verdict="proven", detail=as_saved(saved), counts=counts, saved=saved, program=program)


def _prove(live: sqlite3.Connection, course: Course) -> None:
    with course.step("booted", "having SQLite prove it"):
        (said,) = live.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            raise ObjectDamaged(f"SQLite finds a fault: {str(said)[:160]}")


def _ask(live: sqlite3.Connection, course: Course) -> None:
    """Every row of every table is read once; a table that needs a module of its program is left out, and told."""
    with course.step("asked", "counting every table") as told:
        names = [str(name) for (name,) in live.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows, closed = 0, 0
        for name in names[:_TABLES]:
            try:
                (number,) = live.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()  # noqa: S608 — a name of its own schema, quoted
                rows += int(number)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # no such module
                    raise
                closed += 1
        told.text = f"{plural(rows, 'row')} in {plural(len(names) - closed, 'table')}"
        told.text += f", {closed} need their program" if closed else ""
