"""A living folder: looked at by status alone, read file by file, and no link is followed below its root."""

import grp
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from core.beneath import open_file, opened_folder, opened_root
from core.domain.errors import SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.tree import ROOT, Entry, EntryType, order

_BLOCK = 512  # what st_blocks counts in


class FolderReader:
    """Reads the files of a folder; see the port."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, path: str) -> BinaryIO:
        """The file as it is now; see the port."""
        try:
            with opened_root(self._root) as root:
                file = open_file(root, path)
        except OSError as error:
            raise SourceUnreadable(f"{self._root / path} cannot be read: {_reason(error)}") from None
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise SourceUnreadable(f"{self._root / path} is no regular file any more")
        return file

    def look(self, path: str, file: BinaryIO) -> Entry:
        """What it is at this moment; see the port."""
        return describe(path, os.fstat(file.fileno()), _xattrs(file.fileno()))


class Walk:
    """One look at everything below a root. What is left out, and why, stands in `findings`."""

    def __init__(self, root: Path, *, wanted: Callable[[str, bool], bool], bounded: Callable[[int, int], None]) -> None:
        self._root = root
        self._wanted = wanted  # path, whether it is a folder
        self._bounded = bounded  # bytes and entries so far; raises when that is too much
        self._first: dict[tuple[int, int], str] = {}
        self.findings: list[Finding] = []

    def entries(self) -> Iterator[Entry]:
        """Everything that is wanted, in order of paths; the root comes first.

        Raises:
            SourceUnreadable: the root cannot be read.
        """
        found: list[Entry] = []
        size = 0
        for entry in self._found():
            size += entry.size
            found.append(entry)
            self._bounded(size, len(found))
        found.sort(key=lambda entry: order(entry.path))
        return (self._linked(entry) for entry in found)

    def _found(self) -> Iterator[Entry]:
        try:
            with opened_root(self._root) as root:
                yield describe(ROOT, os.fstat(root), _xattrs(root))
                folders = [ROOT]
                while folders:
                    path = folders.pop()
                    for entry in self._folder(root, path):
                        if entry.type == "dir":
                            folders.append(entry.path)
                        yield entry
        except OSError as error:
            raise SourceUnreadable(f"{self._root} cannot be read by uid {os.geteuid()}: {_reason(error)}") from None

    def _folder(self, root: int, path: str) -> list[Entry]:
        try:
            with opened_folder(root, path) as folder, os.scandir(folder) as names:
                return [entry for name in names if (entry := self._look(folder, path, name)) is not None]
        except OSError as error:
            if path == ROOT:
                raise
            self._leave_out("folder-unreadable", path, _reason(error))
            return []

    def _look(self, folder: int, above: str, name: "os.DirEntry[str]") -> Entry | None:
        path = name.name if above == ROOT else f"{above}/{name.name}"
        try:
            status = name.stat(follow_symlinks=False)
            if not self._wanted(path, stat.S_ISDIR(status.st_mode)):
                return None
            if stat.S_ISLNK(status.st_mode):
                return describe(path, status, (), target=os.readlink(name.name, dir_fd=folder))
            if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
                return describe(path, status, _xattrs(f"/proc/self/fd/{folder}/{name.name}"))
        except FileNotFoundError:
            return None  # gone while we looked: it might as well have gone before
        return None  # sockets, pipes and devices are no content

    def _linked(self, entry: Entry) -> Entry:
        """Of several names of one file the first is the file, the others point to it."""
        if entry.type != "file":
            return entry
        first = self._first.setdefault((entry.device, entry.inode), entry.path)
        return entry if first == entry.path else as_hardlink(entry, first)

    def _leave_out(self, code: str, path: str, why: str) -> None:
        self.findings.append(
            Finding(line=0, severity=Severity.WARNING, code=code, text=f"{self._root / path} was left out: {why}")
        )


def as_hardlink(entry: Entry, target: str) -> Entry:
    """The same file as another name of `target`."""
    return Entry(
        path=entry.path, type="hardlink", target=target, mode=0, uid=0, gid=0, mtime_ns=0
    )  # all else is said there


def describe(path: str, status: os.stat_result, xattrs: tuple[tuple[str, bytes], ...], *, target: str = "") -> Entry:
    """A name by its status."""
    kind: EntryType = "file"
    if stat.S_ISDIR(status.st_mode):
        kind = "dir"
    elif stat.S_ISLNK(status.st_mode):
        kind = "symlink"
    return Entry(
        path=path,
        type=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        user=_user(status.st_uid),
        group=_group(status.st_gid),
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        inode=status.st_ino,
        device=status.st_dev,
        size=status.st_size if kind == "file" else 0,
        sparse=kind == "file" and status.st_blocks * _BLOCK < status.st_size,
        target=target,
        xattrs=xattrs,
    )


def _xattrs(place: int | str) -> tuple[tuple[str, bytes], ...]:
    """Extended attributes, as far as we may read them and the file system has any."""
    found = []
    follow = isinstance(place, int)  # a descriptor is the file itself; a name may be a link by now
    with suppress(OSError):
        for name in sorted(os.listxattr(place, follow_symlinks=follow)):
            with suppress(OSError):
                found.append((name, os.getxattr(place, name, follow_symlinks=follow)))
    return tuple(found)


@lru_cache(maxsize=1024)
def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


@lru_cache(maxsize=1024)
def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return ""


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"uid {os.geteuid()} may not"
    return (error.strerror or str(error)).lower()
