"""Copies in a folder on this host."""

import io
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.disk import make_private_folder, sweep_temporaries, write_error, write_whole
from core.domain.errors import ObjectNotFound, StorageUnavailable
from core.ports import StoredObject
from core.storage.keys import check_key, is_key


class LocalSettings(BaseModel):
    """`[storage.NAME]`: a folder on this host, ours alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["local"]
    path: Path = Field(strict=False, description="the folder; made if it is missing, with mode 0700")

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError("expected an absolute path: the bot and the command line start in different folders")
        return path


class LocalStorage:
    """A folder: one file an object, folders 0700, files 0600.

    It holds no symbolic links: they lead out of it. One that lies there makes a listing fail, since leaving out what
    is behind it would be a lie.
    """

    def __init__(self, name: str, settings: LocalSettings) -> None:
        self._name = name
        self._root = settings.path

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def put(self, key: str, content: Iterable[bytes]) -> None:
        """Store an object durably; see the port."""
        path = self._path(key)
        make_private_folder(path.parent)
        write_whole(path, content, exclusive=True)

    def open(self, key: str) -> BinaryIO:
        """A stream over the stored bytes; see the port."""
        path = self._path(key)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise ObjectNotFound(f"{path} does not exist") from None
        except OSError as error:
            raise _unreadable(path, error) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ObjectNotFound(f"{path} is not a file")
        return io.BufferedReader(_StoredFile(path, descriptor))

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below a folder, in key order; see the port."""
        folder = self._path(f"{prefix}/x").parent if prefix else self._root
        try:
            yield from self._walk(folder, prefix)
        except OSError as error:
            raise StorageUnavailable(
                f"{error.filename or folder} cannot be listed: {error.strerror}",
                hint=f"uid {os.geteuid()} must be able to read it",
            ) from None

    def _walk(self, folder: Path, prefix: str) -> Iterator[StoredObject]:
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda item: item.name + "/" * item.is_dir(follow_symlinks=False))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            key = f"{prefix}/{entry.name}" if prefix else entry.name
            if not is_key(key):
                continue  # a file that is half-written, or none of ours
            if entry.is_symlink():
                raise _link(Path(entry.path))
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path), key)
            elif entry.is_file(follow_symlinks=False):
                yield from _stored(entry, key)

    def delete(self, key: str) -> None:
        """Remove an object; see the port."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise write_error(path, error) from error

    def sweep(self) -> tuple[str, ...]:
        """Remove what dead writers left half-written; see the port."""
        return tuple(str(path.relative_to(self._root)) for path in sweep_temporaries(self._root))

    def remarks(self) -> tuple[str, ...]:
        """What lies in the way makes a listing fail, so there is nothing to add."""
        return ()

    def self_test(self) -> str:
        """Put, open and delete prove all that is relied on."""
        return ""

    def _path(self, key: str) -> Path:
        """Where a key lies."""
        *folders, name = check_key(key).split("/")
        path = os.fspath(self._root)
        for folder in folders:
            path = f"{path}/{folder}"
            if os.path.islink(path):  # noqa: PTH114 — a listing asks a thousand times: a Path for each took a third of it
                raise _link(Path(path))
        return Path(path, name)


class _StoredFile(io.FileIO):
    """A stored object as it is read: what the medium refuses becomes our error, at each read."""

    def __init__(self, path: Path, descriptor: int) -> None:
        super().__init__(descriptor, "rb")
        self._path = path

    def readinto(self, buffer: Any, /) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _unreadable(self._path, error) from None

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as error:
            raise _unreadable(self._path, error) from None


def _stored(entry: os.DirEntry[str], key: str) -> Iterator[StoredObject]:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # deleted since the folder was read
    mark = f"{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}"
    yield StoredObject(key=key, size=status.st_size, mark=mark)


def _unreadable(path: Path, error: OSError) -> StorageUnavailable:
    hint = f"uid {os.geteuid()} must be able to read it" if isinstance(error, PermissionError) else ""
    return StorageUnavailable(f"{path} cannot be read: {error.strerror}", hint=hint)


def _link(path: Path) -> StorageUnavailable:
    return StorageUnavailable(f"{path} is a symbolic link", hint="a storage keeps no links; remove it")
