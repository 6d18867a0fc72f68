"""A replica on an SSH server, by SFTP."""

import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from core.domain.errors import BackupServError, ObjectNotFound, StorageUnavailable
from core.storage.sftp_answer import Refused
from core.storage.sftp_connection import BLOCK, Connection, RemoteFile
from core.storage.sftp_settings import SftpServer, SftpSettings

NumericOwner = Annotated[str, StringConstraints(pattern=r"^\d{1,9}:\d{1,9}$")]
_PROBE = b"BackupServ tries whether a standby can be kept here.\n"


class SftpReplicaSettings(SftpServer):
    """`[standby.NAME]` with kind = "sftp": a file on an SSH server."""

    kind: Literal["sftp"]
    path: str = Field(
        min_length=1,
        pattern=r"[^/]$",
        description="the file, whose folder must be there; a relative one starts where the user logs in",
    )
    owner: NumericOwner | None = Field(
        default=None, description='"uid:gid" there, in numbers, where the SSH user is root; default: that user'
    )


class SftpReplica:
    """A file that is replaced by `posix-rename@openssh.com`. Its folder is not made."""

    def __init__(self, settings: SftpReplicaSettings) -> None:
        words = {name: getattr(settings, name) for name in SftpServer.model_fields}
        self._settings = settings
        self._server = Connection(SftpSettings(kind="sftp", **words))
        folder, slash, name = settings.path.rpartition("/")
        self._folder, self._beside, self._name = folder or slash or ".", f"{folder}{slash}", name

    @property
    def place(self) -> str:
        """As scp would have it, without the port."""
        return f"{self._settings.user}@{self._settings.host}:{self._settings.path}"

    def _temporary(self, what: str) -> str:
        mark = sha256(f"{what} {self._name}".encode()).hexdigest()[:12]
        return f"{self._beside}.{self._name[:50]}.{mark}.tmp"

    def put(self, content: bytes) -> None:
        """Replace it; see the port. What a `put` that was cut short left is written anew."""
        path, new, held = self._settings.path, self._temporary("new"), self._temporary("previous")
        self._must_be_a_file()
        try:
            self._write(new, content)
            is_held = self._hold(held)
            self._replace(new, path)
            if is_held:
                self._replace(held, f"{path}.previous")
        finally:
            self._server.tidy(new)
            self._server.tidy(held)

    def sweep(self) -> None:
        """The two names that a `put` uses; see the port."""
        for what in ("new", "previous"):
            with suppress(BackupServError):
                self._server.remove(self._temporary(what))

    def _write(self, path: str, content: bytes) -> None:
        self._server.remove(path)
        file = self._create(path)
        with self._said(path, "written"):
            try:
                for start in range(0, len(content), BLOCK):
                    file.write(start, content[start : start + BLOCK])
                file.flush()
            finally:
                file.close()
        if self._settings.owner is not None:
            uid, gid = map(int, self._settings.owner.split(":"))
            with self._said(path, "given away"):
                self._server.run(lambda client: client.chown(path, uid, gid))

    def _create(self, path: str) -> RemoteFile:
        if self._server.look(self._folder) is None:
            raise StorageUnavailable(
                f"there is no folder {self._folder} on {self._settings.host}", hint="make it, for that user alone"
            )
        file = self._server.create(path)
        if file is None:
            raise StorageUnavailable(f"{path} on {self._settings.host} is in the way", hint="remove it")
        return file

    def _hold(self, held: str) -> bool:
        """A second name for the old one; a copy of it where the server or its file system knows none. False: none."""
        path = self._settings.path
        self._server.remove(held)
        if self._must_be_a_file() is None:
            return False
        try:
            linked = self._server.run(lambda client: client.link(path, held))
        except Refused:
            linked = False
        if not linked:
            self._write(held, self._fetch())
        return True

    def _replace(self, path: str, name: str) -> None:
        with self._said(name, "written"):
            if not self._server.run(lambda client: client.replace(path, name)):
                raise StorageUnavailable(
                    f"{self._settings.host} cannot rename over a file (posix-rename@openssh.com)",
                    hint="a standby needs OpenSSH there",
                )

    @contextmanager
    def _said(self, path: str, doing: str) -> Iterator[None]:
        """A refusal as an error for an operator."""
        try:
            yield
        except Refused as refused:
            raise self._server.refusal(refused, path, doing) from None

    def _must_be_a_file(self) -> Any | None:
        found = self._server.look(self._settings.path)
        if found is not None and not stat.S_ISREG(found.st_mode or 0):
            what = "a symbolic link" if stat.S_ISLNK(found.st_mode or 0) else "not a file"
            raise StorageUnavailable(f"{self.place} is {what}", hint="move it out of the way")
        return found

    def read(self, *, limit: int) -> bytes:
        """All of it; see the port."""
        found = self._must_be_a_file()
        if found is None:
            raise ObjectNotFound(f"{self.place} does not exist")
        if int(found.st_size or 0) > limit:
            raise StorageUnavailable(f"{self.place} is larger than {limit} bytes", hint="is it the right file?")
        return self._fetch()

    def _fetch(self) -> bytes:
        path = self._settings.path
        with self._said(path, "read"):
            file = self._server.open(path, "rb")
            try:
                size = file.size()
                blocks = [file.read(start, min(BLOCK, size - start)) for start in range(0, size, BLOCK)]
            finally:
                file.close()
        content = b"".join(blocks)
        if len(content) != size:
            raise StorageUnavailable(f"{self.place} changed while it was read", hint="does something write it?")
        return content

    def mark(self) -> str:
        """Size and time; see the port. Whoever writes a file of the same size within the second is not told apart."""
        found = self._must_be_a_file()
        return f"{found.st_size}-{found.st_mtime}" if found is not None else ""

    def written_at(self) -> datetime:
        """The file's own time, by that host's clock; see the port."""
        found = self._must_be_a_file()
        if found is None:
            raise ObjectNotFound(f"{self.place} does not exist")
        return datetime.fromtimestamp(int(found.st_mtime or 0), UTC)

    def probe(self) -> str:
        """See the port."""
        self._must_be_a_file()
        first, second = (self._temporary(f"probe {secrets.token_hex(6)}") for _ in range(2))
        try:
            self._write(first, b"")
            self._write(second, _PROBE)
            self._replace(second, first)
            with self._said(first, "read"):
                file = self._server.open(first, "rb")
                found = file.read(0, len(_PROBE) + 1)
                file.close()
        finally:
            self._server.tidy(first)
            self._server.tidy(second)
        if found != _PROBE:
            raise StorageUnavailable(f"what is written to {self._folder} on {self._settings.host} reads back otherwise")
        return f"{self._folder} on {self._settings.host} can be written and read back"

    def close(self) -> None:
        """End the connection."""
        self._server.close()
