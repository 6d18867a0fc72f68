"""Putting one side of all changes in place, from what is staged beside them: forwards and back by the same steps.

Each step is one system call that is done or not, or can be done again. So what a crash cut short is simply run again,
or run for the other side. No step follows a link, and none leads out of the root.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Literal

from core.beneath import opened_folder
from core.domain.tree import OURS, ROOT, parent
from core.operations.things.change import Change
from core.operations.things.node import Node, name_of, set_attributes

Side = Literal["old", "new"]
_PIECE = 1 << 20
_FULL = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY})


def staging_path(anchor: str, restore_id: str) -> str:
    """The folder below which one restore stages what lies below an anchor."""
    place = f"{OURS}/{restore_id}"
    return place if anchor == ROOT else f"{anchor}/{place}"


def staged_name(number: int, side: Side) -> str:
    """What a change's file is called there."""
    return f"{side}.{number}"


class Putting:
    """All changes of one restore, numbered as they are written down. `guard` sees each path right before it changes."""

    def __init__(
        self, root: int, restore_id: str, changes: Sequence[Change], guard: Callable[[int, Change], None] | None = None
    ) -> None:
        self._root = root
        self._id = restore_id
        self._numbered = tuple(enumerate(changes))
        self._guard = guard

    def put(self, side: Side, without: frozenset[str] = frozenset()) -> None:
        """Make that side what lies there, but for the paths in `without`, and flush every folder that was touched.

        Raises:
            OSError: the system refused a step; those before it are done.
            PlanOutdated: by the guard.
        """
        taken = [pair for pair in self._numbered if pair[1].path not in without]
        for _, change in reversed(taken):
            if change.side(side) is None and change.path != ROOT:
                self._remove(change, side)
        for number, change in sorted(taken, key=lambda pair: _is_link(pair[1].side(side))):
            node = change.side(side)
            if node is not None:
                self._ensure(number, change, node, side)
        for _, change in reversed(taken):  # a folder that may not be written is closed when all is in it
            node = change.side(side)
            if node is not None and node.type == "dir":
                with self._folder_of(change) as folder:
                    set_attributes(folder, name_of(change.path), node, times=change.action != "attributes")
        self._flush(change for _, change in taken)

    def _remove(self, change: Change, side: Side) -> None:
        with suppress(FileNotFoundError, NotADirectoryError), self._folder_of(change) as folder:
            name = name_of(change.path)
            is_folder = stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
            self._ask(folder, change)
            if not is_folder:
                os.unlink(name, dir_fd=folder)
                return
            try:
                os.rmdir(name, dir_fd=folder)
            except OSError as error:
                if side == "new" or error.errno not in _FULL:
                    raise  # on the way back, what somebody put into it meanwhile is theirs

    def _ensure(self, number: int, change: Change, node: Node, side: Side) -> None:
        with self._folder_of(change) as folder:
            if change.action == "attributes":
                if node.type != "dir":
                    self._ask(folder, change)
                    set_attributes(folder, name_of(change.path), node, times=False)
            elif node.type == "dir":
                self._make_folder(folder, change)
            else:
                self._move(folder, number, change, side)

    def _make_folder(self, folder: int, change: Change) -> None:
        name = name_of(change.path)
        with suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                return
            self._ask(folder, change)
            os.unlink(name, dir_fd=folder)
        os.mkdir(name, 0o700, dir_fd=folder)

    def _move(self, folder: int, number: int, change: Change, side: Side) -> None:
        name, staged = name_of(change.path), staged_name(number, side)
        try:
            with opened_folder(self._root, staging_path(change.anchor, self._id)) as place:
                os.stat(staged, dir_fd=place, follow_symlinks=False)
                self._ask(folder, change)
                if change.in_place:
                    _write_over(place, staged, folder, name)
                    node = change.side(side)
                    if node is not None:
                        set_attributes(folder, name, node, times=True)
                    os.unlink(staged, dir_fd=place)
                    return
                with suppress(FileNotFoundError, NotADirectoryError):
                    os.rmdir(name, dir_fd=folder)  # a folder that was emptied before
                os.rename(staged, name, src_dir_fd=place, dst_dir_fd=folder)
        except FileNotFoundError:
            return  # it is in its place already

    def _ask(self, folder: int, change: Change) -> None:
        if self._guard is not None:
            self._guard(folder, change)

    @contextmanager
    def _folder_of(self, change: Change) -> Iterator[int]:
        with opened_folder(self._root, parent(change.path)) as folder:
            yield folder

    def _flush(self, changes: Iterator[Change]) -> None:
        for path in dict.fromkeys(parent(change.path) for change in changes):
            with suppress(FileNotFoundError, NotADirectoryError), opened_folder(self._root, path) as folder:
                os.fsync(folder)


def _is_link(node: Node | None) -> bool:
    """Links come last: whoever follows one finds what it leads to."""
    return node is not None and node.type == "symlink"


def _write_over(place: int, staged: str, folder: int, name: str) -> None:
    """The bytes of one file into another one that keeps its inode: a file that is a mount of its own."""
    source = os.open(staged, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place)
    try:
        target = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            size = 0
            while piece := os.pread(source, _PIECE, size):
                size += os.pwrite(target, piece, size)
            os.ftruncate(target, size)
            os.fsync(target)
        finally:
            os.close(target)
    finally:
        os.close(source)
