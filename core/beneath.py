"""Opening below a folder without ever following a link, whatever somebody does to the folder meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from core.domain.tree import ROOT, parent

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@contextmanager
def opened_root(path: Path) -> Iterator[int]:
    """The descriptor of the folder that everything else is below; it alone may be reached through links."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_folder(root: int, path: str, *, make: bool = False) -> Iterator[int]:
    """The descriptor of a folder below `root`, each step of the way opened by itself.

    With `make` what is missing is made, for us alone (0700).

    Raises:
        OSError: a step is missing, no folder, or a link.
    """
    descriptor = os.dup(root)
    try:
        for part in path.split("/") if path != ROOT else ():
            if make:
                _make(descriptor, part)
            below = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _make(folder: int, name: str) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=folder)
    except FileExistsError:
        return  # a folder, or opening it will say what it is


def open_file(root: int, path: str) -> BinaryIO:
    """A file below `root` for reading, unbuffered; a named pipe without a writer does not keep us waiting.

    Raises:
        OSError: it is not there, cannot be read, or is a link.
    """
    with opened_folder(root, parent(path)) as folder:
        return _stream(os.open(path.rpartition("/")[2], _FILE, dir_fd=folder), "rb")


def create_file(root: int, path: str) -> BinaryIO:
    """A new file below `root` for writing, for us alone (0600), unbuffered.

    Raises:
        OSError: it exists, even as a link to nowhere, or its folder is missing.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with opened_folder(root, parent(path)) as folder:
        return _stream(os.open(path.rpartition("/")[2], flags, 0o600, dir_fd=folder), "r+b")


def reopen_file(root: int, path: str) -> BinaryIO:
    """A file below `root` for more writing, unbuffered.

    Raises:
        OSError: it is not there, or is a link.
    """
    with opened_folder(root, parent(path)) as folder:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        return _stream(os.open(path.rpartition("/")[2], flags, dir_fd=folder), "r+b")


def _stream(descriptor: int, mode: str) -> BinaryIO:
    try:
        return cast("BinaryIO", os.fdopen(descriptor, mode, buffering=0))
    except OSError:  # a folder; the descriptor is still ours
        os.close(descriptor)
        raise
