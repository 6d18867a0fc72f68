"""An archive that somebody else made, as a tree to save. Nothing is ever put on disk under a name that it chose.

The plain bytes of its files lie one after the other in one file without a name, which the kernel removes when we die;
modes, owners and times are those that its headers tell.
"""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from core.disk import write_error
from core.domain.errors import ArchiveRefused, SourceUnreadable
from core.domain.snapshot import Snapshot
from core.domain.tree import OURS, ROOT, Entry, order, parent
from core.extraction import Limits, Member, read_foreign_tar
from core.operations.history import IMPORTED_TREES
from core.ports import Progress
from core.tree_ports import TreeCapture, TreeReader

KINDS: Mapping[str, str] = dict(zip(IMPORTED_TREES, ("tls", "files"), strict=True))  # by the repository's folder
_NAMED = {"ssl": re.compile(r"(ssl|tls|cert)", re.IGNORECASE), "config": re.compile(r"conf", re.IGNORECASE)}
_NOTED = re.compile(r" \(content ([0-9a-f]{16})\)$")
_MOST = 100_000  # members; each of them is kept in memory
_PIECE = 1 << 20
_COUNTED = {"file": "files", "hardlink": "files", "symlink": "links", "dir": "folders"}


def folder_of(name: str) -> str:
    """The folder of the repository that an archive belongs to, by its name or the nearest folder's; "" = no telling."""
    for part in reversed(name.split("/")):
        for folder, pattern in _NAMED.items():
            if pattern.match(part):
                return folder
    return ""


def reason_of(name: str, digest: str) -> str:
    """Why there is a snapshot of it, with what tells that archive again."""
    return f"imported from {name} (content {digest})"


def content_key(snapshot: Snapshot) -> str:
    """What tells the content of an imported snapshot again."""
    noted = _NOTED.search(snapshot.reason) if snapshot.index is not None else None
    return noted[1] if noted else snapshot.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    """What a name in the archive stands for. Several names of one file are one thing."""

    entry: Entry
    offset: int = 0  # of its bytes, in the file that keeps those of all
    digest: str = ""  # SHA-256 (hex) of a file's bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTree:
    """What is in an archive."""

    things: Mapping[str, _Thing]  # by path

    @property
    def digest(self) -> str:
        """Tells the same tree again, in whatever order it was packed. Short: it recognises, it proves nothing."""
        rows = [
            (path, one.type, one.mode, one.uid, one.gid, one.user, one.group, one.mtime_ns, one.target, thing.digest)
            for path, thing in sorted(self.things.items())
            for one in [thing.entry]
        ]
        return sha256(json.dumps(rows).encode()).hexdigest()[:16]

    @property
    def size(self) -> int:
        """Bytes of all files, each counted once."""
        return sum(thing.entry.size for thing in {id(thing): thing for thing in self.things.values()}.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many of which."""
        return dict(sorted(Counter(_COUNTED[thing.entry.type] for thing in self.things.values()).items()))

    def entries(self, made_at: datetime) -> tuple[Entry, ...]:
        """By path, with the folders that are not told by themselves, as `tar` would make them."""
        found = dict(self.things)
        for path in self.things:
            above = path
            while above != ROOT and (above := parent(above)) not in found:
                found[above] = _Thing(entry=_folder(above, made_at))
        found.setdefault(ROOT, _Thing(entry=_folder(ROOT, made_at)))
        first: dict[int, str] = {}
        return tuple(_named(path, found[path], first) for path in sorted(found, key=order))


def gather(stream: BinaryIO, *, limit: int, keep: Callable[[bytes], object] = len) -> ForeignTree:
    """Read a plain tar of at most `limit` bytes to its end; `keep` is given the bytes of all files, one after another.

    Raises:
        ArchiveRefused: it is hostile, or no tar; see `read_foreign_tar`. And as the stream does.
    """
    things: dict[str, _Thing] = {}
    offset = 0
    for member in read_foreign_tar(stream, limits=Limits(size=limit, count=_MOST)):
        entry = member.entry
        if entry.path.split("/")[0] == OURS:
            raise ArchiveRefused(f"the archive holds {OURS}, which is a name of our own")
        if entry.type == "hardlink":
            things[entry.path] = things[entry.target]
        else:
            things[entry.path] = _kept(member, offset, keep)
            offset += entry.size
    return ForeignTree(things=things)


def _kept(member: Member, offset: int, keep: Callable[[bytes], object]) -> _Thing:
    digest = sha256()
    for piece in member.content:
        digest.update(piece)
        keep(piece)
    if member.entry.type != "file":
        return _Thing(entry=member.entry)
    # An inode of the living file would say "the same, unless it was touched". Here the bytes themselves say it.
    entry = replace(member.entry, inode=int(digest.hexdigest()[:15], 16))
    return _Thing(entry=entry, offset=offset, digest=digest.hexdigest())


def _folder(path: str, made_at: datetime) -> Entry:
    return Entry(path=path, type="dir", mode=0o755, uid=0, gid=0, mtime_ns=int(made_at.timestamp()) * 1_000_000_000)


def _named(path: str, thing: _Thing, first: dict[int, str]) -> Entry:
    """Of several names of one file the first by path is the file, whichever came first in the archive."""
    target = first.setdefault(id(thing), path)
    if target == path:
        return replace(thing.entry, path=path)
    return Entry(path=path, type="hardlink", target=target, mode=0, uid=0, gid=0, mtime_ns=0)


class _GatheredReader:
    """The files of an archive, out of the file that keeps the bytes of all; see the port."""

    def __init__(self, file: BinaryIO, work: Path, entries: tuple[Entry, ...], tree: ForeignTree) -> None:
        self._file = file
        self._work = work
        self._entries = {entry.path: entry for entry in entries}
        self._things = tree.things

    def open(self, path: str) -> BinaryIO:
        """A file of its own; who asked for it closes it."""
        thing = self._things[path]
        made = _nameless(self._work)
        self._file.seek(thing.offset)
        left = thing.entry.size
        while left and (piece := self._file.read(min(_PIECE, left))):
            _write(made, piece, self._work)
            left -= len(piece)
        made.seek(0)
        return made

    def look(self, path: str, file: BinaryIO) -> Entry:
        """Nobody changes it meanwhile."""
        del file
        return self._entries[path]


def _nameless(work: Path) -> BinaryIO:
    try:
        return cast("BinaryIO", tempfile.TemporaryFile(dir=work, buffering=0))
    except OSError as error:
        raise write_error(work / "a temporary file", error) from error


def _write(file: BinaryIO, piece: bytes, work: Path) -> None:
    left = memoryview(piece)
    try:
        while left:  # unbuffered: what does not fit is told here, and not when it is closed
            left = left[file.write(left) :]
    except OSError as error:
        raise write_error(work / "a temporary file", error) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSource:
    """A tree that was gathered, as a source that is saved once."""

    name: str
    kind: str
    folder: str
    capture: TreeCapture

    def scan(self, progress: Progress) -> TreeCapture:
        """It was looked at already."""
        del progress
        return self.capture


@contextmanager
def unpacked(
    stream: BinaryIO, *, name: str, folder: str, digest: str, made_at: datetime, limit: int, work: Path
) -> Iterator[ForeignSource]:
    """A source over a plain tar, for as long as the block lasts.

    Raises:
        SourceUnreadable: it is not what `digest` says. And as `gather` does.
        StorageFull, StorageUnavailable: it does not fit into `work`.
    """
    with _nameless(work) as file:
        tree = gather(stream, limit=limit, keep=lambda piece: _write(file, piece, work))
        if tree.digest != digest:
            raise SourceUnreadable("it changed since it was looked at", hint="run the import again")
        entries = tree.entries(made_at)
        reader: TreeReader = _GatheredReader(file, work, entries, tree)
        capture = TreeCapture(entries=entries, reader=reader, scanned_at=made_at, counts=tree.counts)
        yield ForeignSource(name=name, kind=KINDS[folder], folder=folder, capture=capture)
