"""What of a tree is not in its base: files are recognised by their status, by their inode, or by their bytes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from core.domain.errors import SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.tree import Entry, Listing, parent
from core.repository.tree.known import Known
from core.repository.tree.prints import HEAD, begins_with, head
from core.tree_ports import TreeCapture


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one entry. Without `old`, a file is stored whole."""

    entry: Entry  # as it was looked at
    old: Entry | None = None  # the base's file with whose bytes it begins; more bytes are appended
    in_place: bool = False  # these bytes are at this very path already

    @property
    def is_whole(self) -> bool:
        """Whether all of its bytes must be stored."""
        return self.entry.type == "file" and self.old is None

    @property
    def is_grown(self) -> bool:
        """Whether a tail must be stored."""
        return self.old is not None and self.entry.size > self.old.size


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChange:
    """A tree against its base: everything that is needed to write an increment, or a full where there is no base."""

    capture: TreeCapture
    known: Known
    decisions: tuple[Decision, ...]  # by path
    removed: tuple[str, ...]  # the base's paths that are gone or something else now, without those below them
    reread: int  # bytes that were read again since their status told too little
    findings: tuple[Finding, ...] = field(default=())  # of this comparison alone

    @property
    def is_nothing(self) -> bool:
        """Whether the tree is the base, byte by byte, with every mode, owner and time."""
        if self.known.listing is None or self.removed or len(self.decisions) != len(self.known.entries):
            return False
        return all(_is_same(decision, self.known.entries.get(decision.entry.path)) for decision in self.decisions)


def compare(capture: TreeCapture, base: Listing | None) -> TreeChange:
    """Decide about every entry. Reads those files whose status is not the base's, and no others."""
    comparison = _Comparison(capture, base)
    decisions = tuple(comparison.decisions())
    return TreeChange(
        capture=capture,
        known=comparison.known,
        decisions=decisions,
        removed=_removed(comparison.known, {decision.entry.path: decision.entry for decision in decisions}),
        reread=comparison.reread,
        findings=tuple(comparison.findings),
    )


class _Comparison:
    def __init__(self, capture: TreeCapture, base: Listing | None) -> None:
        self.known = Known(base)
        self.findings: list[Finding] = []
        self.reread = 0
        self._capture = capture
        self._lost: set[str] = set()
        self._names: dict[str, set[str]] = defaultdict(set)  # as they are now, by the first
        for entry in capture.entries:
            if entry.type in {"file", "hardlink"}:
                self._names[entry.target or entry.path].add(entry.path)
        self._now = {name for names in self._names.values() for name in names}

    def decisions(self) -> Iterator[Decision]:
        for entry in self._capture.entries:
            if entry.type != "file":
                if entry.target not in self._lost or entry.type == "symlink":
                    yield Decision(entry=entry)
                continue
            try:
                yield self._file(entry)
            except SourceUnreadable as error:
                self._lost.add(entry.path)
                self.findings.append(unreadable(error))

    def _file(self, entry: Entry) -> Decision:
        old = self.known.file(entry.path)
        untouched = old is not None and (self.known.is_untouched(entry, old) or entry.size == old.size == 0)
        if old is not None and untouched and self._may_share(entry, old):
            return self._based(entry, old)
        if self.known.listing is None or not entry.size:
            return Decision(entry=entry)
        with self._capture.reader.open(entry.path) as file:
            for candidate, exact in self._candidates(entry, old, file):
                if self._may_share(entry, candidate) and begins_with(file, entry.size, candidate, exact=exact):
                    self.reread += candidate.size if exact else 0
                    return self._based(entry, candidate)
        return Decision(entry=entry)

    def _candidates(self, entry: Entry, old: Entry | None, file: BinaryIO) -> Iterator[tuple[Entry, bool]]:
        """Files of the base whose bytes it may begin with, and whether all of them must be compared.

        The same inode that only grew was appended to; one of the same size and time under another name was renamed. For
        both, two samples are enough. Anything else may have been written anew.
        """
        same = self.known.by_inode(entry)
        if same is not None:
            renamed = same is not old and (same.size, same.mtime_ns) == (entry.size, entry.mtime_ns)
            yield same, not ((renamed and not self.known.is_racy(same)) or entry.size > same.size)
        if old is not None and old is not same and old.size:
            yield old, True
        if entry.size > HEAD:
            yield from ((other, True) for other in self.known.by_head(head(file, entry.size)) if other is not same)

    def _based(self, entry: Entry, old: Entry) -> Decision:
        return Decision(entry=entry, old=old, in_place=entry.path in self.known.names[old.path])

    def _may_share(self, entry: Entry, old: Entry) -> bool:
        """Names that were one file and are no longer must not change together when the increment is unpacked."""
        names = self.known.names[old.path]
        return len(names) == 1 or names & self._now <= self._names[entry.path]


def unreadable(error: SourceUnreadable) -> Finding:
    """What is said of a file that could not be read; it is not in the snapshot."""
    return Finding(
        line=0, severity=Severity.WARNING, code="file-unreadable", text=f"{error.message}: it is not in this snapshot"
    )


def same_metadata(entry: Entry, old: Entry) -> bool:
    """Whether everything that a restore sets besides the bytes is the same."""
    return _metadata(entry) == _metadata(old)


def _metadata(entry: Entry) -> tuple[object, ...]:
    numbers = (entry.mode, entry.uid, entry.gid, entry.mtime_ns)
    return (entry.type, *numbers, entry.user, entry.group, entry.target, entry.xattrs)


def _is_same(decision: Decision, old: Entry | None) -> bool:
    if old is None or not same_metadata(decision.entry, old):
        return False
    return decision.entry.type != "file" or (decision.in_place and not decision.is_grown)


def _removed(known: Known, now: dict[str, Entry]) -> tuple[str, ...]:
    """Names that must go before the increment is unpacked, without what lies below them."""
    gone: dict[str, None] = {}
    for path, old in known.entries.items():
        entry = now.get(path)
        if parent(path) in gone or entry is None or shape(entry) != shape(old):
            gone[path] = None
    return tuple(path for path in gone if parent(path) not in gone)


def shape(entry: Entry) -> str:
    """What one name can be unpacked over: a file over a file, whatever its other names."""
    return "file" if entry.type == "hardlink" else entry.type
