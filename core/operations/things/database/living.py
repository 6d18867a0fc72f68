"""The database that lies in its place now, whatever its state: what is wrong with it must not stop its return."""

import os
from dataclasses import dataclass
from datetime import datetime

from core.disk import modified_at, read_whole
from core.domain.errors import BackupServError
from core.domain.finding import Severity
from core.formats.signature import HEAD, recognise
from core.formats.sqlite import is_sqlite
from core.operations.by_format import read_live
from core.operations.site import Site
from core.ports import Clock, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """What lies there."""

    content: bytes | None  # None: no file
    saved_at: datetime
    trouble: str = ""  # what is wrong with it, in words
    readable: bool = True  # whether what it holds can be compared

    @property
    def comparable(self) -> bytes | None:
        """Its bytes, where they can be compared."""
        return self.content if self.readable else None


def lying(site: Site, clock: Clock, progress: Progress) -> Lying:
    """What lies there now; services are asked to save where they can be.

    Raises:
        SourceUnreadable: there is something, and we may not read it.
    """
    if not os.path.lexists(site.database):
        return nothing(clock.now())
    try:
        content, saved_at = read_live(site, progress)
        asked = ""
    except BackupServError as error:
        content, saved_at = read_whole(site.database, limit=site.limit)[0], modified_at(site.database)
        asked = error.message
    return judged(site, content, saved_at, asked)


def nothing(now: datetime) -> Lying:
    """There is no file."""
    return Lying(content=None, saved_at=now, trouble="there is no database now", readable=False)


def judged(site: Site, content: bytes, saved_at: datetime, asked: str = "") -> Lying:
    """What bytes that were read are worth. `asked`: what came of asking for a save, where that went wrong."""
    form = recognise(content[:HEAD])
    if form not in {"atheme", "sqlite"}:
        what = "is empty" if form == "empty" else "cannot be read: it is no database"
        return Lying(content=content, saved_at=saved_at, trouble=f"the living database {what}", readable=False)
    faults = [item for item in site.source.inspect(content)[1] if item.severity > Severity.WARNING]
    readable = not (is_sqlite(content) and faults)
    trouble = f"the living database is damaged: {faults[0].text}" if faults else asked
    return Lying(content=content, saved_at=saved_at, trouble=trouble, readable=readable)
