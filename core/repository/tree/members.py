"""Members of a tar in PAX format, as the stock tool writes and reads them."""

import tarfile

from core.domain.tree import OURS, Entry

BLOCK = 512
END = bytes(2 * BLOCK)
_TYPES = {
    "file": tarfile.REGTYPE,
    "dir": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
}


def header(entry: Entry) -> bytes:
    """What stands before an entry's bytes."""
    member = tarfile.TarInfo(entry.path)
    member.type = _TYPES[entry.type]
    member.size = entry.size if entry.type == "file" else 0
    member.mode, member.uid, member.gid = entry.mode, entry.uid, entry.gid
    member.uname, member.gname = entry.user, entry.group
    member.linkname = entry.target
    member.mtime = max(0, entry.mtime_ns // 1_000_000_000)
    if entry.type != "hardlink":
        member.pax_headers = {"mtime": seconds(entry.mtime_ns)}
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def own(name: str, size: int) -> bytes:
    """What stands before a member that is not part of the tree."""
    return header(
        Entry(path=f"{OURS}/{name}", type="file", mode=0o600, uid=0, gid=0, mtime_ns=0, size=size),
    )


def padding(size: int) -> bytes:
    """What fills the last block of so many bytes."""
    return bytes(-size % BLOCK)


def seconds(nanoseconds: int) -> str:
    """A time as tar and touch read it: seconds with nine decimals."""
    whole, part = divmod(abs(nanoseconds), 1_000_000_000)
    return f"{'-' if nanoseconds < 0 else ''}{whole}.{part:09}"
