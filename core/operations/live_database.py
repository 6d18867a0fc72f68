"""The file that services own: put another in its place, and wait until they live on it."""

import os
from pathlib import Path

from core.disk import read_whole, write_whole
from core.domain.errors import RestoreFailed, ServicesSilent
from core.operations.site import Site
from core.ports import Clock

_LINK_PAUSE = 0.25  # seconds between two questions to NickServ
_SETTLE = 1.0  # seconds a process must have lived where nobody can ask it


def put_in_place(database: Path, content: bytes) -> None:
    """Replace the database whole, with the owner and mode that it had: others lock services out of their own file."""
    before = database.stat()
    owner = (before.st_uid, before.st_gid)
    mine = (os.geteuid(), os.getegid())
    write_whole(database, [content], mode=before.st_mode & 0o7777, owner=owner if owner != mine else None)
    if read_whole(database, limit=len(content) + 1)[0] != content:
        raise RestoreFailed(f"{database} does not read back as it was written")


def wait_for_services(site: Site, clock: Clock) -> None:
    """Return when services answer, or, where nobody can ask, when their process has lived for a moment.

    Raises:
        ServicesSilent: they do not, within the configured time.
    """
    deadline = clock.monotonic() + site.start_seconds
    lived_since: float | None = None
    while True:
        answer = site.services.answers()
        if answer:
            return
        now = clock.monotonic()
        if answer is None:
            lived_since = (lived_since or now) if site.control.is_running() else None
            if lived_since is not None and now - lived_since >= _SETTLE:
                return
        if now >= deadline:
            raise ServicesSilent(
                f"services do not answer {site.start_seconds:.0f} s after their start",
                hint="look at their log",
            )
        clock.sleep(_LINK_PAUSE)
