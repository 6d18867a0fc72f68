"""Whose a database is: services that cannot read theirs start empty, and write the empty one over it (Atheme 7.2)."""

import grp
import os
import pwd
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import RestoreFailed, SourceUnreadable

_ACCESS_LIST = "system.posix_acl_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The user that services run as, and its groups."""

    name: str
    uid: int
    gid: int
    groups: frozenset[int]

    @property
    def ids(self) -> tuple[int, int]:
        """For chown."""
        return self.uid, self.gid


def owner_named(text: str) -> Owner:
    """Who "irc" or "irc:irc" is on this host.

    Raises:
        SourceUnreadable: there is no such user or group on this host.
    """
    name, _, group = text.partition(":")
    try:
        user = pwd.getpwnam(name)
        gid = grp.getgrnam(group).gr_gid if group else user.pw_gid
    except KeyError:
        raise SourceUnreadable(f"there is no user or group {text} on this host", hint="make it first") from None
    return Owner(name=name, uid=user.pw_uid, gid=gid, groups=frozenset({gid, *os.getgrouplist(name, user.pw_gid)}))


def must_be_readable(database: Path, owner: str) -> None:
    """That services can read the file, as far as its owner and mode and those of its folders say.

    Where an access list decides, or nobody said whom services run as, nothing is said.

    Raises:
        RestoreFailed: they cannot.
    """
    if not owner:
        return
    user = owner_named(owner)
    if user.uid == 0:
        return
    path = database.resolve()
    for place, bit in ((path, stat.S_IROTH), *((folder, stat.S_IXOTH) for folder in path.parents)):
        if not _may(place, user, bit):
            raise RestoreFailed(
                f"{user.name} cannot read {database}: {place} keeps them out",
                hint="services that cannot read their database start empty and write that over it",
            )


def _may(path: Path, user: Owner, bit: int) -> bool:
    with suppress(OSError):
        os.getxattr(path, _ACCESS_LIST)
        return True  # an access list: what the mode says is not all of it
    status = path.stat()
    if status.st_uid == user.uid:
        return bool(status.st_mode & (bit << 6))
    if status.st_gid in user.groups:
        return bool(status.st_mode & (bit << 3))
    return bool(status.st_mode & bit)
