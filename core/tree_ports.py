"""What the engine needs of a source that is a tree of files; the other ports are in `core.ports`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

from core.domain.finding import Finding
from core.domain.tree import Entry
from core.ports import Progress


class TreeReader(Protocol):
    """The living files of a tree. A path names a regular file below the root; no link is ever followed."""

    def open(self, path: str) -> BinaryIO:
        """A stream over the file as it is now. The caller closes it.

        Raises:
            SourceUnreadable: it is gone, is no regular file any more, or cannot be read.
        """
        ...

    def look(self, path: str, file: BinaryIO) -> Entry:
        """What the file behind an open stream is at this moment, by its own status and not by its name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeMeaning:
    """What the files of a tree mean, beyond their bytes."""

    counts: Mapping[str, int] = field(default_factory=dict)  # of what is in the files: {"certificates": 2}
    findings: tuple[Finding, ...] = ()


class TreeCheck(Protocol):
    """Knows what the files of one kind of tree mean. Asked when they are saved, and when a snapshot is proven."""

    def look(self, entries: Sequence[Entry], reader: TreeReader) -> TreeMeaning:
        """What those files mean: of living ones, or of a snapshot's.

        Reads what it must and no more, within limits. A file that cannot be read or understood is a finding; what else
        the reader raises (a snapshot's damage) rises. No finding keeps a tree from being saved; one that is worse than
        a warning says that what comes back would not work, and keeps a snapshot from being proven to level 3.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeCapture:
    """A tree as it was looked at: nothing was read yet. Its files go on living while they are read."""

    entries: tuple[Entry, ...]  # by path, parents before children; without digests and extents
    reader: TreeReader
    scanned_at: datetime  # aware, UTC: before the first look
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()  # what was left out, and why; what is wrong with what was not


class TreeSource(Protocol):
    """A thing that is a tree of files."""

    @property
    def name(self) -> str:
        """The configured name; see `Source`."""
        ...

    @property
    def kind(self) -> str:
        """What it is: "files"."""
        ...

    @property
    def folder(self) -> str:
        """The folder of the repository that it belongs to: "config", "logs", "users", "ircd" or "ssl"."""
        ...

    def scan(self, progress: Progress) -> TreeCapture:
        """Look at every file by its status alone.

        Raises:
            SourceUnreadable: the root cannot be read, or there is more than the limits allow.
        """
        ...
