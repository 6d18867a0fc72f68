"""What an increment asks for besides unpacking its tar: the members of its folder `.backupserv`."""

import os
from collections.abc import Iterable, Iterator
from itertools import chain

from core.domain.tree import Entry, parent
from core.repository.tree.difference import Decision, TreeChange, same_metadata, shape
from core.repository.tree.members import seconds


class Instructions:
    """Copies, moves, removals, appended tails and metadata; complete when every file was read."""

    def __init__(self, change: TreeChange) -> None:
        self._known = change.known
        self._full = change.known.listing is None
        self._ways = dict(_ways(change.decisions))  # path → the path that its bytes come from, and whether they stay
        self._removed = list(change.removed)
        self._in_place = {decision.entry.path: decision for decision in change.decisions if decision.in_place}
        self._touched = self._find_touched(change)
        self._appended: list[str] = []
        self._metadata: list[tuple[str, ...]] = []

    def _find_touched(self, change: TreeChange) -> set[str]:
        """Folders whose time changes when the increment is unpacked: it must be set again."""
        paths = {parent(path) for path in change.removed}
        for decision in change.decisions:
            if decision.entry.type != "file":
                if self._differs(decision.entry):
                    paths.add(parent(decision.entry.path))
            elif not decision.in_place:
                paths.add(parent(decision.entry.path))
        return paths | {parent(source) for source, stays in self._ways.values() if not stays}

    def is_needed(self, entry: Entry) -> bool:
        """Whether a folder or a link stands in the tar."""
        return self._differs(entry) or entry.path in self._touched

    def _differs(self, entry: Entry) -> bool:
        if entry.type == "hardlink":
            first = self._in_place.get(entry.target)
            return first is None or first.old is None or entry.path not in self._known.names[first.old.path]
        old = self._known.entries.get(entry.path)
        return old is None or not same_metadata(entry, old)

    # --- what happened to each file ----------------------------------------------------------

    def kept(self, entry: Entry, old: Entry, *, appended: bool) -> None:
        """The base has its bytes, or all but a tail."""
        if appended:
            self._appended.append(entry.path)
        if appended or not same_metadata(entry, old):
            self._metadata.append(_metadata(entry))

    def stored(self, path: str) -> None:
        """All of its bytes are in the tar, whatever was meant before."""
        self._ways.pop(path, None)
        self._in_place.pop(path, None)

    def lose(self, path: str) -> None:
        """It cannot be read any more: it is not in the snapshot, and nothing of it may stay from the base."""
        self.stored(path)
        old = self._known.entries.get(path)
        if old is not None and shape(old) == "file":
            self._removed.append(path)

    # --- the members -------------------------------------------------------------------------

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Each list of an increment by its name: fields that end with a zero byte."""
        if self._full:
            return
        ways = [(source, path, stays) for path, (source, stays) in self._ways.items()]
        yield "copies", _fields(chain.from_iterable((source, path) for source, path, stays in ways if stays))
        yield "moves", _fields(chain.from_iterable((source, path) for source, path, stays in ways if not stays))
        yield "removals", _fields(self._removed)
        yield "appends", _fields(self._appended)
        yield "metadata", _fields(chain.from_iterable(self._metadata))


def _ways(decisions: Iterable[Decision]) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Where bytes that the base has under another name come from; the last who wants them may take them away."""
    kept = {decision.old.path for decision in decisions if decision.old is not None and decision.in_place}
    wanted: dict[str, list[str]] = {}
    for decision in decisions:
        if decision.old is not None and not decision.in_place:
            wanted.setdefault(decision.old.path, []).append(decision.entry.path)
    for source, paths in wanted.items():
        for path in paths:
            yield path, (source, source in kept or path != paths[-1])


def _metadata(entry: Entry) -> tuple[str, ...]:
    names = f"{entry.user or entry.uid}:{entry.group or entry.gid}"
    return f"{entry.mode:04o}", f"@{seconds(entry.mtime_ns)}", names, f"{entry.uid}:{entry.gid}", entry.path


def _fields(fields: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(field) + b"\0" for field in fields)
