"""Copies in a folder on this host."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.disk import make_private_folder, write_error, write_whole
from core.domain.errors import ObjectNotFound, StorageUnavailable
from core.ports import StoredObject
from core.storage.keys import check_key

_ABANDONED = 3600.0  # seconds after which a temporary file has no writer any more


class LocalSettings(BaseModel):
    """`[storage.NAME]`: a folder on this host, ours alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Literal["local"]
    path: Path = Field(strict=False, description="the folder; made if it is missing, with mode 0700")


class LocalStorage:
    """A folder: one file an object, folders 0700, files 0600. Symbolic links inside are not followed."""

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
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
        except FileNotFoundError:
            raise ObjectNotFound(f"{path} does not exist") from None
        except OSError as error:
            raise StorageUnavailable(f"{path} cannot be read: {error.strerror}") from None

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below a folder, in key order; see the port."""
        try:
            yield from self._walk(self._path(prefix) if prefix else self._root, prefix)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageUnavailable(
                f"{error.filename or self._root} cannot be listed: {error.strerror}",
                hint=f"uid {os.geteuid()} must be able to read it",
            ) from None

    def _walk(self, folder: Path, prefix: str) -> Iterator[StoredObject]:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name + ("/" if entry.is_dir(follow_symlinks=False) else ""))
        for entry in entries:
            key = f"{prefix}/{entry.name}" if prefix else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path), key)
            elif entry.is_file(follow_symlinks=False) and not _is_temporary(entry.name):
                yield StoredObject(key=key, size=entry.stat(follow_symlinks=False).st_size)

    def delete(self, key: str) -> None:
        """Remove an object; see the port."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise write_error(path, error) from error

    def sweep(self) -> tuple[str, ...]:
        """Remove temporary files whose writer is long gone."""
        removed = []
        for path in self._root.glob("**/.*.tmp"):
            if path.is_file() and not path.is_symlink() and time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink(missing_ok=True)
                removed.append(str(path.relative_to(self._root)))
        return tuple(removed)

    def _path(self, key: str) -> Path:
        """Where a key lies. No folder on the way may be a link: it could lead out of the storage."""
        path = self._root
        for part in check_key(key).split("/"):
            if path is not self._root and path.is_symlink():
                raise StorageUnavailable(f"{path} is a symbolic link", hint="a storage keeps no links; remove it")
            path = path / part
        return path


def _is_temporary(name: str) -> bool:
    return name.startswith(".") and name.endswith(".tmp")
