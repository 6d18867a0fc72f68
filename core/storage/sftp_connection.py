"""One connection to an SFTP server: kept open, made anew when it is dead, used by one thread at a time."""

import stat
from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from core.domain.errors import BackupServError, StorageFull, StorageUnavailable
from core.storage.sftp_answer import Refused
from core.storage.sftp_settings import SftpSettings

if TYPE_CHECKING:
    from core.storage.sftp_client import Client

_Answer = TypeVar("_Answer")
_PACKET = 32 << 10  # what every server takes in one request (draft-ietf-secsh-filexfer-02, section 3)
BLOCK = 1 << 20  # sent or read before anybody else may use the connection
_FULL = 1 << 20  # less space than this is none


class RemoteFile:
    """An open file on the server, as long as the connection lives that it was opened on."""

    def __init__(self, connection: "Connection", client: "Client", file: Any, path: str) -> None:
        self._connection = connection
        self._client = client
        self._file = file
        self.path = path

    def _run(self, do: "Callable[[Client], _Answer]") -> _Answer:
        return self._connection.run(do, on=self._client)

    def size(self) -> int:
        """Bytes in it now."""
        return int(self._run(lambda _: self._file.stat().st_size))

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset` on; fewer only at the end."""

        def do(_: object) -> bytes:
            self._file.seek(offset)
            return bytes(self._file.read(size))

        return self._run(do)

    def write(self, offset: int, block: bytes) -> None:
        """Write a block there. Every packet of it was answered when this returns.

        Raises:
            Refused: one of them was not taken.
        """

        def do(_: object) -> None:
            self._file.seek(offset)
            for start in range(0, len(block), _PACKET):
                # Only the last one waits, for the answers to all: a round trip a block and not a packet.
                self._file.set_pipelined(start + _PACKET < len(block))
                self._file.write(block[start : start + _PACKET])

        self._run(do)

    def truncate(self, size: int) -> None:
        """Cut off what lies behind."""
        self._run(lambda _: self._file.truncate(size))

    def flush(self) -> bool:
        """Have it on the medium; False where the server has no word for it."""
        return self._run(lambda client: client.flush(self._file))

    def close(self) -> None:
        """Let go of it; a connection that is dead has done so already."""
        self._file.set_pipelined(False)
        with suppress(BackupServError):
            self._run(lambda _: self._file.close())


class Connection:
    """Requests to a server, one at a time; each ends within `timeout_seconds` without a sign of life."""

    def __init__(self, settings: SftpSettings) -> None:
        self.settings = settings
        self._lock = RLock()
        self._client: Client | None = None

    def run(self, do: "Callable[[Client], _Answer]", *, on: "Client | None" = None, again: bool = False) -> _Answer:
        """Do something with the live session.

        `on`: this session or none, since what was opened on another is gone. `again`: it does no harm to do it twice,
        so that a connection which died unnoticed while nobody used it does not matter.

        Raises:
            Refused: the server's answer is no.
            StorageUnavailable: there is no connection, or it was lost.
        """
        with self._lock:
            used = self._client is not None and self._client.is_alive
            try:
                return self._once(do, on)
            except StorageUnavailable:
                if not (again and used):
                    raise
            return self._once(do, on)

    def _once(self, do: "Callable[[Client], _Answer]", on: "Client | None") -> _Answer:
        client = self._live(on)
        try:
            return do(client)
        except Refused:
            raise
        except UnicodeDecodeError:
            raise StorageUnavailable(
                f"a file name on {self.settings.host} is not UTF-8", hint="nothing of ours is called so; remove it"
            ) from None
        except BaseException as error:  # also when we are told to end: the answer would be taken for another's
            self.close()
            if not isinstance(error, Exception):
                raise
            words = "it gave no sign of life" if isinstance(error, TimeoutError) else str(error) or "it was closed"
            raise StorageUnavailable(
                f"the connection to {self.settings.host} was lost: {words}", passing=True
            ) from None

    def _live(self, on: "Client | None") -> "Client":
        if self._client is not None and not self._client.is_alive:
            self.close()
        if on is not None and on is not self._client:
            raise StorageUnavailable(f"the connection to {self.settings.host} was lost", passing=True)
        if self._client is None:
            from core.storage.sftp_client import connect  # noqa: PLC0415 — paramiko takes a third of a second

            self._client = connect(self.settings)
        return self._client

    def close(self) -> None:
        """End it; the next request makes a new one."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                client.shut()

    def look(self, path: str) -> Any | None:
        """Size, kind and time of what has that name, a link being a link; None if nothing has."""
        try:
            return self.run(lambda client: client.lstat(path), again=True)
        except Refused as refused:
            if refused.is_missing:
                return None
            raise self.refusal(refused, path, "looked at") from None

    def create(self, path: str) -> RemoteFile | None:
        """A new file with its folders, open for writing; None if the name is taken."""
        try:
            return self._create(path)
        except Refused as refused:
            if not refused.is_missing:
                if self.look(path) is not None:
                    return None
                raise self.refusal(refused, path, "written") from None
        try:
            self._make_folder(path.rpartition("/")[0])
            return self._create(path)
        except Refused as refused:
            raise self.refusal(refused, path, "written") from None

    def _create(self, path: str) -> RemoteFile:
        return self.run(lambda client: RemoteFile(self, client, client.create(path), path))

    def _make_folder(self, path: str) -> None:
        """With all above it; what is there already, or is made by somebody else meanwhile, is left as it is."""
        parent = path.rpartition("/")[0]
        refused = self._mkdir(path) if path else None
        if refused is not None and refused.is_missing and parent:
            self._make_folder(parent)
            refused = self._mkdir(path)
        if refused is not None:
            raise self.refusal(refused, path, "made")

    def _mkdir(self, path: str) -> Refused | None:
        """Make one folder; why it is not there now, if it is not."""
        try:
            self.run(lambda client: client.mkdir(path, 0o700))
        except Refused as refused:
            there = None if refused.is_missing else self.look(path)
            return refused if there is None or stat.S_ISREG(there.st_mode or 0) else None
        return None

    def open(self, path: str, mode: str) -> RemoteFile:
        """A file that is there: "rb" to read, "r+b" to change, "ab" to append."""
        return self.run(lambda client: RemoteFile(self, client, client.open(path, mode), path), again=True)

    def remove(self, path: str) -> None:
        """Remove a file; that it is not there is no error."""
        try:
            self.run(lambda client: client.remove(path), again=True)
        except Refused as refused:
            if not refused.is_missing:
                raise self.refusal(refused, path, "removed") from None

    def tidy(self, path: str) -> None:
        """Remove what is of no use any more, if the connection still lives; never fails."""
        with self._lock, suppress(BackupServError, OSError):
            if self._client is not None and self._client.is_alive:
                self.remove(path)

    def refusal(self, refused: Refused, path: str, doing: str) -> BackupServError:
        """What a refusal means to an operator: version 3 says "Failure", and the disk may be full."""
        host = self.settings.host
        if refused.is_denied:
            return StorageUnavailable(
                f"{path} on {host} cannot be {doing}: permission denied",
                hint=f"what may the user {self.settings.user} do in that folder?",
            )
        if refused.is_vague and doing in {"written", "made"} and self._is_full(path):
            return StorageFull(f"no space left on {host} to write {path}", hint="free space on its file system")
        hint = "is a quota used up there?" if refused.is_vague and doing == "written" else ""
        return StorageUnavailable(f"{path} on {host} cannot be {doing}: the server said {refused}", hint=hint)

    def _is_full(self, path: str) -> bool:
        for folder in (path.rpartition("/")[0], self.settings.path):
            with suppress(Refused):
                free = self.run(lambda client, folder=folder: client.free_space(folder))  # type: ignore[misc]  # mypy gives up on the default
                return free is not None and free < _FULL
        return False
