"""A replica at another path of this host: another disk, or a folder that another host mounts."""

import errno
import grp
import os
import pwd
import secrets
import stat
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from core.disk import flush_folder, is_temporary, read_whole, write_error, write_whole
from core.domain.errors import ObjectNotFound, SourceUnreadable, StorageUnavailable

Owner = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*:[A-Za-z_][A-Za-z0-9_.-]*$")]
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_PROBE = b"BackupServ tries whether a standby can be kept here.\n"


class LocalReplicaSettings(BaseModel):
    """`[standby.NAME]` with kind = "local": a path on this host."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["local"]
    path: Path = Field(strict=False, description="the file; its folder must be there")
    owner: Owner | None = Field(default=None, description='"user:group" it belongs to; default: whom the bot runs as')

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if not path.is_absolute() or not path.name:
            raise ValueError("expected an absolute path of a file")
        return path


class LocalReplica:
    """A file that is replaced by a rename. Its folder is not made: a disk that belongs there may not be mounted."""

    def __init__(self, settings: LocalReplicaSettings) -> None:
        self._path = settings.path
        self._owner = settings.owner

    @property
    def place(self) -> str:
        """Its path."""
        return str(self._path)

    @property
    def _previous(self) -> Path:
        return self._path.with_name(f"{self._path.name}.previous")

    @property
    def _held(self) -> Path:
        """Where the old one waits to become the previous one: a name that is swept if it stays."""
        mark = sha256(f"previous {self._path.name}".encode()).hexdigest()[:12]
        return self._path.with_name(f".{self._path.name[:50]}.{mark}.tmp")

    def put(self, content: bytes) -> None:
        """Replace it; see the port. What a killed `put` left is removed first: there is one writer."""
        self._must_be_a_file()
        owner = self._ids()
        self.sweep()
        try:
            held = self._hold()
            write_whole(self._path, [content], mode=0o600, owner=owner)
            if held:
                self._held.replace(self._previous)
                flush_folder(self._path.parent)
        except OSError as error:
            raise write_error(self._path, error) from error
        finally:
            with suppress(OSError):
                self._held.unlink()

    def _hold(self) -> bool:
        """A second name for the old one; a copy of it where the file system knows no hard links."""
        try:
            os.link(self._path, self._held, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if self._must_be_a_file() is None:
                return False
            write_whole(self._held, [self._path.read_bytes()], owner=self._ids())
        return True

    def sweep(self) -> None:
        """Temporary files of its name; see the port."""
        with suppress(OSError):
            for path in self._path.parent.iterdir():
                if path.name.startswith(f".{self._path.name[:50]}.") and is_temporary(path.name):
                    path.unlink(missing_ok=True)

    def _must_be_a_file(self) -> os.stat_result | None:
        try:
            found = self._path.lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(f"{self._path} cannot be looked at: {error.strerror}") from None
        if not stat.S_ISREG(found.st_mode):
            what = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a file"
            raise StorageUnavailable(f"{self._path} is {what}", hint="move it out of the way")
        return found

    def _ids(self) -> tuple[int, int] | None:
        if self._owner is None:
            return None
        user, _, group = self._owner.partition(":")
        try:
            ids = (pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
        except KeyError:
            raise StorageUnavailable(
                f"there is no user and group {self._owner} here", hint="`owner` names them"
            ) from None
        mine = (os.geteuid(), os.getegid())
        if ids[0] != mine[0] and mine[0] != 0:
            raise StorageUnavailable(
                f"uid {mine[0]} cannot give {self._path} to {self._owner}", hint="only root can: leave `owner` out"
            )
        return ids if ids != mine else None

    def read(self, *, limit: int) -> bytes:
        """All of it; see the port."""
        if self._must_be_a_file() is None:
            raise ObjectNotFound(f"{self._path} does not exist")
        try:
            return read_whole(self._path, limit=limit)[0]
        except SourceUnreadable as error:
            raise StorageUnavailable(error.message, hint=error.hint) from None

    def mark(self) -> str:
        """Inode, size and times; see the port."""
        found = self._must_be_a_file()
        return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}" if found is not None else ""

    def written_at(self) -> datetime:
        """The file's own time; see the port."""
        found = self._must_be_a_file()
        if found is None:
            raise ObjectNotFound(f"{self._path} does not exist")
        return datetime.fromtimestamp(found.st_mtime, UTC)

    def probe(self) -> str:
        """See the port."""
        self._must_be_a_file()
        owner = self._ids()
        path = self._path.with_name(f".{self._path.name[:50]}.{secrets.token_hex(6)}.tmp")
        try:
            write_whole(path, [_PROBE], owner=owner)
            if path.read_bytes() != _PROBE:
                raise StorageUnavailable(f"{path} does not read back as it was written")
        except OSError as error:
            raise write_error(path, error) from error
        finally:
            with suppress(OSError):
                path.unlink()
        return f"{self._path.parent} can be written and read back"

    def close(self) -> None:
        """Nothing is kept open."""
