"""The file that services own: put another in its place, and wait until they live on it."""

import os
from contextlib import suppress
from pathlib import Path

from core.disk import flush_folder, read_whole, write_error, write_whole
from core.domain.errors import RestoreFailed, ServicesSilent, SourceDamaged
from core.formats.sqlite import is_sqlite
from core.operations.owner import owner_named
from core.operations.put_sqlite import put_sqlite, set_aside
from core.operations.site import Site
from core.ports import Clock

_LINK_PAUSE = 0.25  # seconds between two questions to NickServ
_MODE = 0o640  # of a database that was not there: what services themselves give it
_SETTLE = 1.0  # seconds a process must have lived where nobody can ask it


def put_in_place(database: Path, content: bytes, *, owner: str = "", name: str = "old") -> None:
    """Replace the database whole, with the owner and mode that it had: others lock services out of their own file.

    Where there is none, it and its folders become those of `owner` ("irc:irc"), or ours where nobody is named.
    SQLite writes into the file that is there; journals of one that is gone or broken are set aside under `name`.
    """
    if is_sqlite(content) and os.path.lexists(database):
        with suppress(SourceDamaged):
            put_sqlite(database, content)
            return
    if is_sqlite(content):
        set_aside(database, name)
    mine = (os.geteuid(), os.getegid())
    try:
        before = database.stat()
        ids, mode = (before.st_uid, before.st_gid), before.st_mode & 0o7777
    except FileNotFoundError:
        ids, mode = owner_named(owner).ids if owner else mine, _MODE
        _make_folders(database.parent, ids if ids != mine else None)
    write_whole(database, [content], mode=mode, owner=ids if ids != mine else None)
    if read_whole(database, limit=len(content) + 1)[0] != content:
        raise RestoreFailed(f"{database} does not read back as it was written")


def _make_folders(folder: Path, ids: tuple[int, int] | None) -> None:
    try:
        for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
            path.mkdir(mode=0o750)
            if ids is not None:
                os.chown(path, *ids)
            flush_folder(path.parent)
    except OSError as error:
        raise write_error(folder, error) from error


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
