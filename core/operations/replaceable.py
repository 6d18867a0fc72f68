"""Whether a restore could put another database in place: found out before anything is stopped for it."""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.disk import write_error
from core.domain.errors import BackupServError
from core.operations.site import Site


def must_be_replaceable(site: Site) -> None:
    """Do all that a replacement does but for the rename: a file beside it, with its owner and its mode; it goes again.

    A folder may be read-only to us alone (ProtectSystem= of a systemd unit), whatever its mode says. SQLite is
    written where it lies, and not looked at.

    Raises:
        StorageFull, StorageUnavailable: it could not be replaced, and why.
    """
    if site.source.kind == "sqlite":
        return
    place = next(folder for folder in site.database.parents if folder.is_dir())
    # As `write_whole` names it, so that it is swept if we die in this moment.
    temporary = place / f".{site.database.name[:50]}.{secrets.token_hex(6)}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _dress(descriptor, site.database)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise write_error(site.database, error) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def _dress(descriptor: int, database: Path) -> None:
    with suppress(FileNotFoundError):
        status = database.stat()
        if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, status.st_mode & 0o7777)


def hindrances(sites: Iterable[Site]) -> tuple[str, ...]:
    """A sentence for each database that could not be; for somebody to mend it before the night when it is needed."""
    told = []
    for site in sites:
        try:
            must_be_replaceable(site)
        except BackupServError as error:
            told.append(f"! a restore of {site.name} would fail: {error}")
    return tuple(told)
