"""What lies at one path of a living tree: its kind, its bytes by their digest, its owner and mode."""

import os
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, BinaryIO, Literal

from core.beneath import open_file, opened_folder
from core.domain.errors import SourceUnreadable
from core.domain.tree import Entry, parent
from core.repository.tree.attributes import owner_of

_PIECE = 1 << 20
_ABSENT = (FileNotFoundError, NotADirectoryError)
_PLAIN = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
OURS = "user."  # the extended attributes that people set; the others are the system's


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One name on disk. Owner and group are this host's numbers."""

    type: Literal["file", "dir", "symlink", "other"]
    mode: int
    uid: int
    gid: int
    mtime_ns: int = 0
    size: int = 0
    digest: str = ""  # SHA-256 (hex) of a file's bytes; "" where they were not read yet
    target: str = ""  # what a symlink says
    link_to: str = ""  # another name of the same file
    xattrs: tuple[tuple[str, str], ...] = ()  # of people; each value in hex

    def as_row(self) -> dict[str, Any]:
        """For the journal of a restore."""
        return asdict(self)


def node_from(row: dict[str, Any] | None) -> Node | None:
    """What `as_row` wrote."""
    if row is None:
        return None
    return Node(**row | {"xattrs": tuple((name, value) for name, value in row["xattrs"])})


def node_of(entry: Entry, file: Entry) -> Node:
    """What a snapshot's entry becomes here; `file` is itself, or what it is another name of."""
    uid, gid = owner_of(file)
    digest = ""
    if file.type == "file" and len(file.extents) <= 1:
        digest = file.extents[0].digest if file.extents else sha256().hexdigest()
    return Node(
        type="file" if file.type == "hardlink" else file.type,
        mode=file.mode,
        uid=uid,
        gid=gid,
        mtime_ns=file.mtime_ns,
        size=file.size,
        digest=digest,
        target=file.target if file.type == "symlink" else "",
        link_to=entry.target if entry.type == "hardlink" else "",
        xattrs=tuple((name, value.hex()) for name, value in file.xattrs if name.startswith(OURS)),
    )


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def node_at(root: int, path: str, *, digest: bool = True) -> Node | None:
    """What lies at a path below an open root; None = nothing that could be reached without following a link.

    Raises:
        SourceUnreadable: it cannot be read.
    """
    try:
        with opened_folder(root, parent(path)) as folder:
            status = os.stat(name_of(path), dir_fd=folder, follow_symlinks=False)
            node = _described(folder, name_of(path), status)
        if node.type == "file" and digest:
            with open_file(root, path) as file:
                return with_digest(node, digest_of(file))
    except _ABSENT:
        return None
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read by uid {os.geteuid()}: {error.strerror}") from None
    return node


def with_digest(node: Node, digest: str) -> Node:
    """The same, with its bytes known."""
    return Node(**asdict(node) | {"digest": digest, "xattrs": node.xattrs})


def _described(folder: int, name: str, status: os.stat_result) -> Node:
    kind: Literal["file", "dir", "symlink", "other"] = "other"
    for is_it, named in ((stat.S_ISREG, "file"), (stat.S_ISDIR, "dir"), (stat.S_ISLNK, "symlink")):
        if is_it(status.st_mode):
            kind = named  # type: ignore[assignment]  # one of the three above
    return Node(
        type=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        mtime_ns=status.st_mtime_ns,
        size=status.st_size if kind == "file" else 0,
        target=os.readlink(name, dir_fd=folder) if kind == "symlink" else "",
        xattrs=_xattrs(folder, name) if kind in {"file", "dir"} else (),
    )


def _xattrs(folder: int, name: str) -> tuple[tuple[str, str], ...]:
    found = []
    with suppress(OSError):
        descriptor = os.open(name, _PLAIN, dir_fd=folder)
        try:
            place = f"/proc/self/fd/{descriptor}"
            found = [(key, os.getxattr(place, key).hex()) for key in os.listxattr(place) if key.startswith(OURS)]
        finally:
            os.close(descriptor)
    return tuple(sorted(found))


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of all that is left to read."""
    digest = sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def same_content(one: Node | None, other: Node | None) -> bool:
    """Whether two are the same but for owner, mode, times and other names."""
    if one is None or other is None:
        return one is other
    return (one.type, one.digest, one.target) == (other.type, other.digest, other.target)


def same_attributes(one: Node, other: Node) -> bool:
    """Whether owner, mode and extended attributes are the same, as far as we could set them. A link has no mode."""
    if os.geteuid() not in {0, one.uid}:
        return True  # only their owner and root could set them
    owners = os.geteuid() != 0 or (one.uid, one.gid) == (other.uid, other.gid)
    return owners and (one.type == "symlink" or (one.mode, one.xattrs) == (other.mode, other.xattrs))


def set_attributes(folder: int, name: str, node: Node, *, times: bool) -> None:
    """Owner, mode, extended attributes, and with `times` when it was written; what only root may do is left out."""
    if node.type == "symlink":
        with suppress(PermissionError):
            os.chown(name, node.uid, node.gid, dir_fd=folder, follow_symlinks=False)
        return
    descriptor = os.open(name, _PLAIN, dir_fd=folder)
    try:
        place = f"/proc/self/fd/{descriptor}"  # what is open, whatever the name means by now
        mode = node.mode
        try:
            os.chown(place, node.uid, node.gid)
        except PermissionError:
            mode &= ~(stat.S_ISUID | stat.S_ISGID)  # worth nothing, or too much, with another owner
        wanted = dict(node.xattrs)
        with suppress(OSError):  # not every file system has them
            for key in os.listxattr(place):
                if key.startswith(OURS) and key not in wanted:
                    os.removexattr(place, key)
            for key, value in wanted.items():
                os.setxattr(place, key, bytes.fromhex(value))
        os.chmod(place, mode)  # noqa: PTH101 — as the calls around it
        if times:
            os.utime(place, ns=(node.mtime_ns, node.mtime_ns))
    finally:
        os.close(descriptor)
