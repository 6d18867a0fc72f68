"""Where the files that come into a tree come from: a snapshot, or what an earlier restore kept."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.beneath import open_file, opened_folder, opened_root
from core.domain.errors import SourceUnreadable
from core.domain.tree import Entry, order, parent
from core.operations.things.change import Change
from core.operations.things.node import name_of, node_at, same_content
from core.operations.things.putting import staged_name
from core.operations.things.staging import put_copy
from core.repository.tree_reading import TreeFiles
from core.tree_ports import TreeCapture


class SavedSupply:
    """Files of a snapshot."""

    def __init__(self, files: TreeFiles) -> None:
        self._files = files
        self._entries = {entry.path: entry for entry in files.entries}

    def fill(self, folder: int, root: int, numbered: Sequence[tuple[int, Change]]) -> tuple[str, ...]:
        """Unpack them by their numbers; see the port."""
        names = {change.path: staged_name(number, "new") for number, change in numbered}
        entries, links = [], []
        for number, change in numbered:
            entry = self._entries[change.path]
            file = self._entries[entry.target] if entry.type == "hardlink" else entry
            target = names.get(entry.target, "") if entry.type == "hardlink" else ""
            if target:
                entries.append(replace(entry, path=names[change.path], target=target))
            elif change.new is not None and change.new.link_to and _linked(root, change, folder, number):
                links.append(change.path)
            else:
                entries.append(replace(file, path=names[change.path]))
        # A hardlink is made after its file: all of them stand behind all files.
        entries.sort(key=lambda entry: (entry.type == "hardlink", order(entry.path)))
        return self._files.unpack(folder, entries)


class KeptSupply:
    """Files that a restore replaced or removed."""

    def __init__(self, before: Path) -> None:
        self._before = before

    def fill(self, folder: int, root: int, numbered: Sequence[tuple[int, Change]]) -> tuple[str, ...]:
        """Copy them by their numbers; see the port."""
        names = {change.path: staged_name(number, "new") for number, change in numbered}
        with opened_root(self._before) as kept:
            for number, change in numbered:
                if change.new is None:
                    continue
                first = names.get(change.new.link_to)
                if first is not None and _is_there(folder, first):
                    os.link(first, names[change.path], src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                elif not _linked(root, change, folder, number):
                    put_copy(kept, change.path, folder, names[change.path], change.new)
        return ()


def _is_there(folder: int, name: str) -> bool:
    return node_at(folder, name, digest=False) is not None


def _linked(root: int, change: Change, folder: int, number: int) -> bool:
    """Make it another name of a file that stays where it is, if that still is what it was."""
    new = change.new
    if new is None or not new.link_to:
        return False
    there = node_at(root, new.link_to)
    if there is None or (new.digest and not same_content(there, new)):
        return False
    try:
        with opened_folder(root, parent(new.link_to)) as beside:
            name = name_of(new.link_to)
            os.link(name, staged_name(number, "new"), src_dir_fd=beside, dst_dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False  # then it is a file of its own, with the same bytes
    return True


class LivingFiles:
    """The living side of a plan, to look at."""

    def __init__(self, capture: TreeCapture | None) -> None:
        self._capture = capture
        self.entries = capture.entries if capture is not None else ()

    def read(self, path: str, limit: int) -> bytes:
        """A living file; see `Files`."""
        if self._capture is None:
            raise SourceUnreadable(f"there is no {path}")
        with self._capture.reader.open(path) as file:
            return read_within(file.read(limit + 1), path, limit)


class TurnedBack:
    """The living tree as it will be when a restore is taken back."""

    def __init__(self, living: LivingFiles, changes: Sequence[Change], before: Path) -> None:
        self._living = living
        self._before = before
        self._changed = {change.path: change for change in changes}
        kept = {entry.path: entry for entry in living.entries}
        self.entries = tuple(sorted(_overlaid(kept, self._changed), key=lambda entry: order(entry.path)))

    def read(self, path: str, limit: int) -> bytes:
        """A file as it will be; see `Files`."""
        change = self._changed.get(path)
        if change is None or change.action == "attributes":
            return self._living.read(path, limit)
        if change.new is None or change.new.type != "file":
            raise SourceUnreadable(f"there will be no file {path}")
        try:
            with opened_root(self._before) as kept, open_file(kept, path) as file:
                return read_within(file.read(limit + 1), path, limit)
        except OSError as error:
            raise SourceUnreadable(f"{path} as it was cannot be read: {error.strerror}") from None


def _overlaid(kept: dict[str, Entry], changed: Mapping[str, Change]) -> list[Entry]:
    for path, change in changed.items():
        node = change.new
        kept.pop(path, None)
        if node is not None and node.type != "other":
            kept[path] = Entry(
                path=path,
                type=node.type,
                mode=node.mode,
                uid=node.uid,
                gid=node.gid,
                mtime_ns=node.mtime_ns,
                size=node.size,
                target=node.target,
            )
    return list(kept.values())


def read_within(content: bytes, path: str, limit: int) -> bytes:
    """What was read, if it is not more than the limit.

    Raises:
        SourceUnreadable: it is.
    """
    if len(content) > limit:
        raise SourceUnreadable(f"{path} holds more than {limit} bytes")
    return content
