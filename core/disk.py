"""Files on this host: written whole or not at all, read whole or not at all."""

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from core.domain.errors import (
    BackupServError,
    ConfigInvalid,
    ObjectExists,
    SecretExposed,
    SourceUnreadable,
    StorageFull,
    StorageUnavailable,
)

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_TRIES = 5  # reads of a file that changes under us
_SECRET_LIMIT = 1 << 16


def write_whole(
    path: Path,
    content: Iterable[bytes],
    *,
    mode: int = 0o600,
    owner: tuple[int, int] | None = None,
    exclusive: bool = False,
) -> None:
    """Write a file so that a reader, also after a crash, sees the old one or the new one, never a part.

    Temporary name in the same folder, write, flush the file, rename, flush the folder. With `exclusive` an
    existing file is left alone.

    Raises:
        ObjectExists: `exclusive`, and the name is taken.
        StorageFull: no space; the target is untouched and nothing is left behind.
        StorageUnavailable: anything else that the system refused; the same.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        _write_temporary(temporary, content, mode, owner)
        _publish(temporary, path, exclusive=exclusive)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _write_temporary(path: Path, content: Iterable[bytes], mode: int, owner: tuple[int, int] | None) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in content:
            file.write(piece)
        file.flush()
        if owner is not None:
            os.fchown(file.fileno(), *owner)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _publish(temporary: Path, path: Path, *, exclusive: bool) -> None:
    if exclusive:
        # link() is the rename that never replaces.
        os.link(temporary, path, follow_symlinks=False)
    else:
        temporary.replace(path)
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Make renames in a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_error(path: Path, error: OSError) -> BackupServError:
    """What a refused write means to an operator."""
    if isinstance(error, FileExistsError):
        return ObjectExists(f"{path} exists already")
    if error.errno in _NO_SPACE:
        return StorageFull(f"no space left to write {path}", hint=f"free space on that file system ({path.parent})")
    hint = ""
    if isinstance(error, PermissionError):
        hint = f"uid {os.geteuid()} needs write access to {path.parent}"
    if isinstance(error, FileNotFoundError):
        hint = f"the folder {path.parent} is missing"
    return StorageUnavailable(f"{path} cannot be written: {error.strerror}", hint=hint)


def make_private_folder(path: Path) -> None:
    """A folder for us alone, with its parents; what exists already keeps its mode."""
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            flush_folder(folder.parent)
        if not path.is_dir():
            raise StorageUnavailable(f"{path} is not a folder")
    except OSError as error:
        raise write_error(path, error) from error


def free_space(path: Path) -> int:
    """Bytes that we may still write on the file system of an existing folder."""
    try:
        system = os.statvfs(path)
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be looked at: {error.strerror}") from None
    return system.f_bavail * system.f_frsize


def modified_at(path: Path) -> datetime:
    """When a file was last written; aware, UTC."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise _unreadable(path, error) from None


def read_whole(path: Path, *, limit: int) -> tuple[bytes, os.stat_result]:
    """The content of a regular file, of one moment: one open, and nothing changed while it was read.

    A file that is replaced by rename stays whole for who has it open; one that is written in place is read again.

    Raises:
        SourceUnreadable: missing, not readable, larger than `limit` bytes, or never quiet.
    """
    try:
        for _ in range(_TRIES):
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                if not stat.S_ISREG(before.st_mode):
                    raise SourceUnreadable(f"{path} is not a regular file")
                if before.st_size > limit:
                    raise SourceUnreadable(f"{path} is larger than {limit} bytes", hint="is it the right file?")
                content = file.read(limit + 1)
                after = os.fstat(file.fileno())
            if _same(before, after) and len(content) == after.st_size:
                return content, after
    except OSError as error:
        raise _unreadable(path, error) from None
    raise SourceUnreadable(f"{path} changed each time it was read", hint="does something write it in place?")


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def _unreadable(path: Path, error: OSError) -> SourceUnreadable:
    if isinstance(error, FileNotFoundError):
        return SourceUnreadable(f"{path} does not exist", hint="is the path in bot.toml right? was it ever saved?")
    if isinstance(error, PermissionError):
        return SourceUnreadable(
            f"{path} cannot be read by uid {os.geteuid()}",
            hint="add that user to the file's group, or run as its owner",
        )
    return SourceUnreadable(f"{path} cannot be read: {error.strerror}")


def read_secret(path: Path) -> str:
    """A secret from a file that is ours alone, without the line end.

    Raises:
        SecretExposed: others can read it.
        ConfigInvalid: missing, not readable, empty, not text.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(_SECRET_LIMIT + 1)
    except FileNotFoundError:
        raise ConfigInvalid(f"the secret file {path} does not exist") from None
    except OSError as error:
        raise ConfigInvalid(f"the secret file {path} cannot be read: {error.strerror}") from None
    if status.st_mode & 0o077:
        raise SecretExposed(
            f"others can read the secret file {path} (mode {status.st_mode & 0o777:04o})", hint=f"chmod 600 {path}"
        )
    if status.st_uid not in {os.geteuid(), 0}:
        raise SecretExposed(
            f"the secret file {path} belongs to uid {status.st_uid}", hint=f"chown it to uid {os.geteuid()}"
        )
    if len(content) > _SECRET_LIMIT:
        raise ConfigInvalid(f"the secret file {path} is larger than {_SECRET_LIMIT} bytes")
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigInvalid(f"the secret file {path} is not text") from None
