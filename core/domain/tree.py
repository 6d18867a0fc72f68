"""A tree of files: what each of them is, and where its bytes lie.

Paths are relative to the tree's root, joined by "/"; "." is the root itself. A byte that is no UTF-8 stands as Python's
surrogate escape, so that every name survives.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

EntryType = Literal["file", "dir", "symlink", "hardlink"]
ROOT = "."
OURS = ".backupserv"  # the folder in an increment's tar that is not part of the tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A run of a file's bytes, and where it lies in the plain tar of a snapshot."""

    piece: str  # id of the snapshot in whose tar it lies
    offset: int  # bytes from the start of that plain tar
    size: int  # bytes
    digest: str  # SHA-256 (hex) of these bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a tree. Times are nanoseconds since 1970, modes are the permission bits (07777)."""

    path: str
    type: EntryType
    mode: int
    uid: int
    gid: int
    user: str = ""  # "" where the number has no name
    group: str = ""
    mtime_ns: int
    ctime_ns: int = 0  # only to recognise what was not touched, like the next two
    inode: int = 0
    device: int = 0
    size: int = 0  # bytes of a file
    sparse: bool = False  # it had holes
    target: str = ""  # what a symlink says; the path of the file that a hardlink is another name of
    xattrs: tuple[tuple[str, bytes], ...] = ()  # extended attributes, by name
    head: str = ""  # the start of the SHA-256 (hex) of its first 4 KiB, to recognise a file that grew or moved
    tail: str = ""  # the same of its last 64 KiB
    extents: tuple[Extent, ...] = ()  # its bytes, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """An independent zstd frame in a piece."""

    stored: int  # bytes as compressed
    plain: int  # bytes that it opens to


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A snapshot of a tree without its bytes: every entry by path, parents before children."""

    snapshot: str  # its id
    base: str  # id of the snapshot that its tar goes on top of; "" for a full
    scanned_at_ns: int  # when looking began: what was touched just before may have been touched again
    entries: tuple[Entry, ...]
    frames: Mapping[str, tuple[Frame, ...]] = field(default_factory=dict)  # of every piece in which bytes lie

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.entries)


def order(path: str) -> list[str]:
    """The sorting key of paths: the root first, and every folder right before all that is in it."""
    return path.split("/") if path != ROOT else []


def parent(path: str) -> str:
    """The folder that a path is in; the root is in itself."""
    return path.rpartition("/")[0] or ROOT


def is_safe(path: str) -> bool:
    """Whether a path stays below its root whatever it is joined to, and could be a name on disk."""
    if path == ROOT:
        return True
    return "\0" not in path and all(part not in {"", ".", ".."} for part in path.split("/"))


def chosen(path: str, selection: Iterable[str]) -> bool:
    """Whether a path is one of those, or below one of them."""
    return any(name in {ROOT, path} or path.startswith(f"{name}/") for name in selection)
