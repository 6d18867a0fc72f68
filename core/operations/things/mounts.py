"""Where a tree is cut by mounts: no rename crosses one, and what is one cannot be replaced."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from core.beneath import opened_folder
from core.domain.errors import PlanBlocked
from core.domain.tree import ROOT, parent
from core.operations.things.change import Change
from core.operations.things.node import name_of

_ANY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class Mounts:
    """What is mounted below an open root."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._known: dict[str, tuple[str, str]] = {ROOT: (ROOT, _mount_of(root))}

    def placed(self, changes: Sequence[Change]) -> Iterator[Change]:
        """The same changes, each with the place where it can be staged.

        Raises:
            PlanBlocked: one of them would replace or remove a mount itself.
        """
        for change in changes:
            if change.path == ROOT:
                yield change
                continue
            anchor, mount = self._anchor(parent(change.path))
            own = self._own_mount(change, mount)
            if own and change.action in {"remove", "replace"} and not _keeps_inode(change):
                raise PlanBlocked(f"{change.path} is a mount point: it cannot be replaced or removed")
            yield replace(change, anchor=anchor, in_place=own and change.action == "replace")

    def _anchor(self, folder: str) -> tuple[str, str]:
        """The uppermost folder on the same mount, and that mount; of what is not there yet: those of its parent."""
        if folder not in self._known:
            above = self._anchor(parent(folder))
            self._known[folder] = above
            with suppress(FileNotFoundError, NotADirectoryError, OSError), opened_folder(self._root, folder) as opened:
                mount = _mount_of(opened)
                self._known[folder] = above if mount == above[1] else (folder, mount)
        return self._known[folder]

    def _own_mount(self, change: Change, around: str) -> bool:
        if change.old is None or change.old.type == "symlink":
            return False
        with opened_folder(self._root, parent(change.path)) as folder:
            opened = os.open(name_of(change.path), _ANY, dir_fd=folder)
        try:
            return _mount_of(opened) != around
        finally:
            os.close(opened)


def _keeps_inode(change: Change) -> bool:
    return change.old is not None and change.new is not None and (change.old.type, change.new.type) == ("file", "file")


def _mount_of(descriptor: int) -> str:
    """The kernel's number of the mount that something open lies on (proc(5), fdinfo)."""
    with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as lines:  # noqa: PTH123 — no path of a file system
        for line in lines:
            if line.startswith("mnt_id:"):
                return line.split()[1]
    return ""
