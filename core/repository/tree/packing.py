"""The tar of an increment: written while the living files are read, each of them once."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import BinaryIO

from core.domain.errors import SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.tree import Entry, Extent
from core.repository.tree.difference import Decision, TreeChange, unreadable
from core.repository.tree.instructions import Instructions
from core.repository.tree.members import END, header, own, padding
from core.repository.tree.prints import HEAD, TAIL, head, short, tail

_PIECE = 1 << 20
_TRIES = 3  # readings of a file that is written in place meanwhile


class TreeTar:
    """The plain tar of one snapshot of a tree, and what is in it.

    `pieces()` gives the tar's bytes once; `entries` and `findings` are complete when it has ended.
    """

    def __init__(self, change: TreeChange, *, snapshot: str) -> None:
        self._change = change
        self._snapshot = snapshot
        self._reader = change.capture.reader
        self._instructions = Instructions(change)
        self._position = 0
        self._torn = False  # the last reading found other than it was promised
        self.entries: list[Entry] = []
        self.findings: list[Finding] = list(change.findings)

    def pieces(self) -> Iterator[bytes]:
        """The tar, in pieces of any size."""
        for piece in self._members():
            self._position += len(piece)
            yield piece

    def _members(self) -> Iterator[bytes]:
        lost: set[str] = set()
        for decision in self._change.decisions:
            entry = decision.entry
            if entry.type == "hardlink" and entry.target in lost:
                self._instructions.lose(entry.path)
            elif entry.type != "file":
                yield from self._other(entry)
            else:
                try:
                    yield from self._file(decision)
                except SourceUnreadable as error:
                    self.findings.append(unreadable(error))
                    self._instructions.lose(entry.path)
                    lost.add(entry.path)
        for name, content in self._instructions.members():
            yield own(name, len(content)) + content + padding(len(content))
        yield END

    def _other(self, entry: Entry) -> Iterator[bytes]:
        self.entries.append(entry)
        if self._instructions.is_needed(entry):
            yield header(entry)

    # --- files -------------------------------------------------------------------------------

    def _file(self, decision: Decision) -> Iterator[bytes]:
        entry, old = decision.entry, decision.old
        if old is not None and not decision.is_grown:
            self.entries.append(replace(entry, extents=old.extents, head=old.head, tail=old.tail))
            self._instructions.kept(entry, old, appended=False)
            return
        for left in reversed(range(_TRIES)):
            with self._reader.open(entry.path) as file:
                now = self._reader.look(entry.path, file)
                if old is not None and now.inode == entry.inode and now.size > old.size:
                    yield from self._tail(now, old, file)
                else:
                    old = None
                    yield from self._whole(now, file)
                if not self._torn:
                    return
                old = None  # what it grew from is gone as well
            if left:
                self.entries.pop()
        self.findings.append(_restless(entry.path))

    def _whole(self, now: Entry, file: BinaryIO) -> Iterator[bytes]:
        self._instructions.stored(now.path)
        yield header(now)
        reading = _Reading(file, start=0, size=now.size)
        offset = self._position
        yield from reading.pieces()
        extents = self._extent(offset, reading) if now.size else ()
        self.entries.append(replace(now, extents=extents, head=reading.head, tail=reading.tail))
        self._look_again(now, file, reading)

    def _tail(self, now: Entry, old: Entry, file: BinaryIO) -> Iterator[bytes]:
        yield own(f"append/{now.path}", now.size - old.size)
        reading = _Reading(file, start=old.size, size=now.size - old.size)
        offset = self._position
        yield from reading.pieces()
        first, last = head(file, now.size), tail(file, now.size)
        self._look_again(now, file, reading)
        self.entries.append(replace(now, extents=(*old.extents, *self._extent(offset, reading)), head=first, tail=last))
        if not self._torn:
            self._instructions.kept(now, old, appended=True)

    def _extent(self, offset: int, reading: "_Reading") -> tuple[Extent, ...]:
        digest = reading.digest.hexdigest()
        return (Extent(piece=self._snapshot, offset=offset, size=reading.size, digest=digest),)

    def _look_again(self, before: Entry, file: BinaryIO, reading: "_Reading") -> None:
        """A file that grew meanwhile was whole when reading began; one that was cut or written over was not."""
        after = self._reader.look(before.path, file)
        rewritten = after.size == before.size and after.mtime_ns != before.mtime_ns
        self._torn = reading.is_short or after.size < before.size or rewritten


class _Reading:
    """Exactly so many bytes of a file: what is not there any more is filled with zeros, since the header is written."""

    def __init__(self, file: BinaryIO, *, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self.size = size
        self.digest = sha256()
        self.is_short = False
        self.head = short(b"")
        self._last = b""

    @property
    def tail(self) -> str:
        return short(self._last)

    def pieces(self) -> Iterator[bytes]:
        """The bytes, and what fills their last block."""
        self._file.seek(self._start)
        left = self.size
        while left:
            piece = self._file.read(min(_PIECE, left))
            if not piece:
                self.is_short = True
                piece = bytes(min(_PIECE, left))
            if left == self.size:
                self.head = short(piece[:HEAD])
            left -= len(piece)
            self.digest.update(piece)
            self._last = piece[-TAIL:] if len(piece) >= TAIL else (self._last + piece)[-TAIL:]
            yield piece
        yield padding(self.size)


def _restless(path: str) -> Finding:
    text = f"{path!a} was written over each time it was read: its copy may mix two moments"
    return Finding(line=0, severity=Severity.WARNING, code="file-restless", text=text)
