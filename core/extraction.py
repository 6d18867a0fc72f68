"""Archives that somebody else made: read member by member, and nothing is believed.

Whoever can write to an old backup folder can put anything into it: names that climb out, links that lead out, devices,
more bytes than a disk holds. Nothing here touches the file system.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from core.domain.errors import ArchiveRefused
from core.domain.tree import ROOT, Entry, EntryType, is_safe

_HEADER_LIMIT = 1 << 20  # bytes of headers before one member: names and attributes, never content
_PIECE = 1 << 20
_PATH, _NAME = 4095, 255  # bytes of what Linux takes for a path, and for each part of one
_OWNERS = (1 << 32) - 1  # that number means "nobody is named"
_TIMES = 1 << 34  # seconds, either side of 1970, that file systems know
_TYPES: dict[bytes, EntryType] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much an archive may hold before it is called a bomb."""

    size: int = 8 << 30  # bytes of all files
    count: int = 1_000_000  # members


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One thing in an archive. `content` gives a file's bytes once, before the next member is asked for."""

    entry: Entry
    content: Iterator[bytes]


def read_foreign_tar(stream: BinaryIO, *, limits: Limits | None = None) -> Iterator[Member]:
    """Every member of a plain tar, in order, each proven harmless before it is given out.

    The same name may come twice: the later one counts, as for `tar`. Unpacking a compressed archive is the caller's,
    who reads from `stream` no more than is asked for here.

    Raises:
        ArchiveRefused: a path or a link leaves the archive's root, a member is a device or a pipe, lies below a link,
            or is more than the limits allow; or it is no tar, or cut. `content` raises it as well.
    """
    budget = _Budget(stream)
    seen = _Seen(limits or Limits())
    try:
        with _opened(budget) as archive:
            while (member := archive.next()) is not None:
                entry = seen.check(member)
                content = _content(archive, member, budget)
                yield Member(entry=entry, content=content)
                for _ in content:
                    pass  # what the caller left: the next header must find its place
                budget.left = _HEADER_LIMIT
                archive.members.clear()  # type: ignore[attr-defined]  # a list it keeps of all that came, for good
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise ArchiveRefused(f"the archive is no tar, or it is cut: {error}") from None


def _opened(budget: "_Budget") -> tarfile.TarFile:
    stream = cast("BinaryIO", budget)  # of a stream only read() is called in this mode
    return tarfile.open(fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, budget: "_Budget") -> Iterator[bytes]:
    file = archive.extractfile(member) if member.isreg() else None
    if file is None:
        return
    left = member.size
    while left:
        budget.left = _PIECE + _HEADER_LIMIT
        try:
            piece = file.read(min(_PIECE, left))
        except tarfile.TarError:
            raise ArchiveRefused(f"the archive ends within {_shown(member.name)}") from None
        left -= len(piece)
        yield piece


class _Budget:
    """A stream that gives only what was reckoned with: a header that claims a gigabyte gets none of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.left = _HEADER_LIMIT

    def read(self, size: int) -> bytes:
        """As any stream, until the budget is used up."""
        if self.left <= 0:
            raise ArchiveRefused("the archive has headers that are too large", hint="it was not made by a backup")
        piece = self._stream.read(size)
        self.left -= len(piece)
        return piece


class _Seen:
    """What came so far: the sum of it, and which names are no folders."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._types: dict[str, EntryType] = {}
        self._size = 0
        self._count = 0

    def check(self, member: tarfile.TarInfo) -> Entry:
        path = _inside(member.name)
        kind = _TYPES.get(member.type)
        if kind is None or member.issparse():
            raise ArchiveRefused(f"the archive holds {_shown(path)}, which is no file, folder or link")
        self._weigh(member)
        _must_be_possible(member)
        target = self._target(path, kind, member.linkname)
        self._place(path, kind)
        return Entry(
            path=path,
            type=kind,
            mode=member.mode & 0o7777,
            uid=member.uid,
            gid=member.gid,
            user=member.uname,
            group=member.gname,
            mtime_ns=int(member.mtime * 1_000_000_000),
            size=member.size if kind == "file" else 0,
            target=target,
        )

    def _weigh(self, member: tarfile.TarInfo) -> None:
        self._count += 1
        self._size += member.size
        if member.size < 0 or self._size > self._limits.size:
            raise ArchiveRefused(f"the archive holds more than {self._limits.size} bytes")
        if self._count > self._limits.count:
            raise ArchiveRefused(f"the archive holds more than {self._limits.count} members")

    def _place(self, path: str, kind: EntryType) -> None:
        """A name below something that is no folder would be written through a link."""
        above = path
        while "/" in above:
            above = above.rpartition("/")[0]
            if self._types.setdefault(above, "dir") != "dir":
                raise ArchiveRefused(f"the archive holds {_shown(path)} below {_shown(above)}, which is no folder")
        if path == ROOT and kind != "dir":
            raise ArchiveRefused("the archive's root is no folder")
        if self._types.setdefault(path, kind) != kind:
            raise ArchiveRefused(f"the archive holds {_shown(path)} twice, as different things")

    def _target(self, path: str, kind: EntryType, link: str) -> str:
        if kind == "hardlink":
            target = _inside(link)
            if self._types.get(target) not in {"file", "hardlink"}:
                raise ArchiveRefused(f"the archive links {_shown(path)} to {_shown(target)}, which is no file in it")
            return target
        if kind == "symlink":
            _inside_link(path, link)
            return link
        return ""


def _inside(name: str) -> str:
    path = name.removeprefix("./").rstrip("/") or ROOT if not name.startswith("/") else name
    _must_be_short(name)
    if not is_safe(path):
        raise ArchiveRefused(f"the archive holds {_shown(name)}, which leads out of it")
    return path


def _must_be_short(name: str) -> None:
    if len(name.encode("utf-8", "surrogateescape")) > _PATH or any(
        len(part.encode("utf-8", "surrogateescape")) > _NAME for part in name.split("/")
    ):
        raise ArchiveRefused(f"the archive holds {_shown(name)}, a name that is too long for any file")


def _must_be_possible(member: tarfile.TarInfo) -> None:
    """What could be written, and never be set on a file again."""
    if not (0 <= member.uid < _OWNERS and 0 <= member.gid < _OWNERS and abs(member.mtime) < _TIMES):
        raise ArchiveRefused(f"the archive holds {_shown(member.name)} with an owner or a time that no file can have")


def _inside_link(path: str, link: str) -> None:
    """A symbolic link must stay inside, also where its way leads through others: it climbs first, and never again."""
    _must_be_short(link)
    steps = [part for part in link.split("/") if part not in {"", "."}]
    climbs = next((place for place, part in enumerate(steps) if part != ".."), len(steps))
    if not link or "\0" in link or link.startswith("/") or climbs > path.count("/") or ".." in steps[climbs:]:
        raise ArchiveRefused(f"the archive links {_shown(path)} to {_shown(link)}, which leads out of it")


def _shown(name: str) -> str:
    """A name for a sentence: no line ends, no control characters."""
    return ascii(name[:200])
