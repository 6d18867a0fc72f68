"""Owners, modes, times and extended attributes, as far as this system lets us set them."""

import grp
import os
import pwd
import stat
from collections import Counter
from functools import lru_cache

from core.domain.tree import Entry

_AS_SOMEBODY = stat.S_ISUID | stat.S_ISGID  # worth nothing, or too much, with another owner


class Attributes:
    """Sets them; what the system refused is counted and told, and ends nothing."""

    def __init__(self) -> None:
        self._refused: Counter[str] = Counter()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was not set, in sentences."""
        return tuple(
            f"the {what} of {count:,} {'entry' if count == 1 else 'entries'} could not be set by uid {os.geteuid()}"
            for what, count in sorted(self._refused.items())
        )

    def set_file(self, descriptor: int, entry: Entry) -> None:
        """All of a file or folder that is open."""
        mode = entry.mode
        try:
            os.fchown(descriptor, *owner_of(entry))
        except OSError:
            self._refused["owner"] += 1
            mode &= ~_AS_SOMEBODY
        for name, value in entry.xattrs:
            try:
                os.setxattr(descriptor, name, value)
            except OSError:
                self._refused["extended attributes"] += 1
        os.fchmod(descriptor, mode)
        os.utime(descriptor, ns=(entry.mtime_ns, entry.mtime_ns))

    def set_link(self, folder: int, name: str, entry: Entry) -> None:
        """Owner and time of a symbolic link itself."""
        try:
            os.chown(name, *owner_of(entry), dir_fd=folder, follow_symlinks=False)
        except OSError:
            self._refused["owner"] += 1
        os.utime(name, ns=(entry.mtime_ns, entry.mtime_ns), dir_fd=folder, follow_symlinks=False)


def owner_of(entry: Entry) -> tuple[int, int]:
    """By name, as tar does: the same program may have another number on a new machine."""
    return _uid(entry.user, entry.uid), _gid(entry.group, entry.gid)


@lru_cache(maxsize=1024)
def _uid(name: str, number: int) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except (KeyError, ValueError):
        return number


@lru_cache(maxsize=1024)
def _gid(name: str, number: int) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except (KeyError, ValueError):
        return number
