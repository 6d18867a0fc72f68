"""Files on this host: written whole or not at all, read whole or not at all."""

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

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
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp", re.DOTALL)
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
    # The name is cut, since a name of 255 bytes is a good one and has no room for more.
    temporary = path.with_name(f".{path.name[:50]}.{secrets.token_hex(6)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _fill(file, content, mode, owner)
            _publish(temporary, path, exclusive=exclusive)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _fill(file: BinaryIO, content: Iterable[bytes], mode: int, owner: tuple[int, int] | None) -> None:
    with suppress(OSError):  # not every file system has locks; then nobody sweeps there either
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    file.writelines(content)
    file.flush()
    if owner is not None:
        os.fchown(file.fileno(), *owner)
    os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())


def _publish(temporary: Path, path: Path, *, exclusive: bool) -> None:
    if exclusive:
        _rename_to_free_name(temporary, path)
    else:
        temporary.replace(path)
    try:
        flush_folder(path.parent)
    except OSError:
        if exclusive:  # what may be gone after a power cut was not stored: nobody shall count on it
            with suppress(OSError):
                path.unlink()
        raise


def _rename_to_free_name(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path, follow_symlinks=False)  # the rename that never replaces
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # FAT and some network file systems know no hard links. The lock of the state directory keeps others away.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        temporary.rename(path)


def is_temporary(name: str) -> bool:
    """Whether a file of that name is one that `write_whole` has not finished."""
    return _TEMPORARY.fullmatch(name) is not None


def sweep_temporaries(folder: Path) -> tuple[Path, ...]:
    """Remove what dead writers left in a folder and below it; returns what was removed.

    A writer holds a lock on its temporary file, which the kernel takes away when it dies: nothing to wait for or guess.

    Raises:
        StorageUnavailable: a folder could not be read, or a file not removed.
    """
    removed = []
    try:
        for place, _, names in os.walk(folder, onerror=_raise):
            removed += [path for path in (Path(place, name) for name in names if is_temporary(name)) if _swept(path)]
    except FileNotFoundError:
        return tuple(removed)
    except OSError as error:
        raise write_error(Path(error.filename or folder), error) from error
    return tuple(removed)


def _raise(error: OSError) -> None:
    raise error


def _swept(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False  # its writer lives, or it cannot be told
    else:
        path.unlink(missing_ok=True)
        return True
    finally:
        os.close(descriptor)


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
    return StorageUnavailable(f"{path} cannot be written: {error.strerror or error}", hint=hint)


def make_private_folder(path: Path) -> None:
    """A folder for us alone, with its parents; what exists already keeps its mode."""
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            flush_folder(folder.parent)
        if not path.is_dir():
            raise StorageUnavailable(f"{path} is not a folder")
    except FileExistsError as error:
        raise StorageUnavailable(f"{error.filename} is not a folder", hint="move it out of the way") from None
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
            with _open(path) as file:
                before = os.fstat(file.fileno())
                if not stat.S_ISREG(before.st_mode):
                    raise SourceUnreadable(f"{path} is not a regular file")
                if before.st_size > limit:
                    raise SourceUnreadable(f"{path} is larger than {limit} bytes", hint="is it the right file?")
                content = file.read(before.st_size + 1)  # not `limit`: that much memory would be asked for at once
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
        return SourceUnreadable(f"{path} does not exist", hint="is the path right? was it ever saved?")
    if isinstance(error, PermissionError):
        return SourceUnreadable(
            f"{path} cannot be read by uid {os.geteuid()}",
            hint="add that user to the file's group, or run as its owner",
        )
    return SourceUnreadable(f"{path} cannot be read: {error.strerror}")


def _open(path: Path) -> BinaryIO:
    """Open for reading; a named pipe without a writer must not keep us waiting."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def read_secret(path: Path) -> str:
    """A secret from a file that is ours alone, without the line end.

    Raises:
        SecretExposed: others can read it, or it is somebody else's.
        ConfigInvalid: missing, not readable, not text.
    """
    try:
        return read_secret_bytes(path).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigInvalid(f"the secret file {path} is not text") from None


def read_secret_bytes(path: Path) -> bytes:
    """All bytes of such a file. Raises the same."""
    try:
        with _open(path) as file:
            status = os.fstat(file.fileno())
            content = file.read(_SECRET_LIMIT + 1) if stat.S_ISREG(status.st_mode) else b""
    except FileNotFoundError:
        raise ConfigInvalid(f"the secret file {path} does not exist") from None
    except OSError as error:
        raise ConfigInvalid(f"the secret file {path} cannot be read: {error.strerror}") from None
    _must_be_ours(path, status)
    if len(content) > _SECRET_LIMIT:
        raise ConfigInvalid(f"the secret file {path} is larger than {_SECRET_LIMIT} bytes")
    return content


def _must_be_ours(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigInvalid(f"the secret file {path} is not a regular file")
    # systemd gives credentials to a user by an access list on a file of root, which looks like "group may read".
    others = 0o037 if (status.st_uid, status.st_gid) == (0, 0) else 0o077
    if status.st_mode & others:
        raise SecretExposed(
            f"others can read the secret file {path} (mode {status.st_mode & 0o777:04o})", hint=f"chmod 600 {path}"
        )
    if status.st_uid not in {os.geteuid(), 0}:
        raise SecretExposed(
            f"the secret file {path} belongs to uid {status.st_uid}", hint=f"chown it to uid {os.geteuid()}"
        )
