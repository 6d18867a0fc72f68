"""What a base knows: its files by path, by inode and by how they begin."""

from collections import defaultdict
from functools import cached_property

from core.domain.tree import Entry, Listing
from core.repository.tree.prints import HEAD

RACY_NS = 2_000_000_000  # a file touched so shortly before a scan may have been touched again after it, unseen


class Known:
    """A base's listing, in the ways in which it is asked. Several names of one file are one content."""

    def __init__(self, base: Listing | None) -> None:
        self.listing = base
        self.entries = {entry.path: entry for entry in base.entries} if base is not None else {}
        self.names: dict[str, set[str]] = defaultdict(set)  # all names of a file, by its first
        for entry in self.entries.values():
            if entry.type in {"file", "hardlink"}:
                self.names[entry.target or entry.path].add(entry.path)

    def file(self, path: str) -> Entry | None:
        """The file that has that name, as its first name."""
        entry = self.entries.get(path)
        if entry is not None and entry.type == "hardlink":
            entry = self.entries[entry.target]
        return entry if entry is not None and entry.type == "file" else None

    def by_inode(self, entry: Entry) -> Entry | None:
        """The file that it may be, under whatever name."""
        return self._inodes.get((entry.device, entry.inode))

    def by_head(self, head: str) -> list[Entry]:
        """Files that begin so, the longest first. Small ones are not worth it."""
        return self._heads.get(head, [])

    @cached_property
    def _files(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.type == "file" and entry.size]

    @cached_property
    def _inodes(self) -> dict[tuple[int, int], Entry]:
        return {(entry.device, entry.inode): entry for entry in self._files}

    @cached_property
    def _heads(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(self._files, key=lambda entry: -entry.size):
            if entry.size > HEAD:
                found[entry.head].append(entry)
        return found

    def is_racy(self, entry: Entry) -> bool:
        """Whether its status says too little, since it was touched right before it was looked at."""
        limit = (self.listing.scanned_at_ns if self.listing is not None else 0) - RACY_NS
        return max(entry.mtime_ns, entry.ctime_ns) >= limit

    def is_untouched(self, entry: Entry, old: Entry) -> bool:
        """Whether status alone says that the content is the old one's: size, both times and inode are."""
        return not self.is_racy(old) and _status(entry) == _status(old)


def _status(entry: Entry) -> tuple[int, int, int, int]:
    return entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode
