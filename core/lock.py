"""One run at a time: a lock that dies with its holder."""

import contextlib
import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from core.disk import write_error
from core.domain.errors import LockHeld
from core.domain.moment import show

_LIMIT = 4096
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Lock:
    """A context over flock(2): the kernel lets go when the holder dies, so it can never be stale.

    The file tells who holds it. What it says after a crash is only a story, kept in `stale`.
    """

    def __init__(self, path: Path, *, purpose: str) -> None:
        self._path = path
        self._purpose = purpose
        self._descriptor = -1
        self.stale = ""

    def __enter__(self) -> Self:
        """Take it.

        Raises:
            LockHeld: another run has it; who, what for and since when are in the message.
            StorageFull, StorageUnavailable: the file cannot be made or locked.
        """
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self._take()
        except BlockingIOError:
            story = _told(self._descriptor)
            os.close(self._descriptor)
            raise LockHeld(
                f"another run is at work{story and f' ({story})'}", hint="wait for it to end, then try again"
            ) from None
        except OSError as error:
            raise write_error(self._path, error) from error
        left = _told(self._descriptor)
        self.stale = f"the run before ended without a word ({left})" if left else ""
        self._tell()
        return self

    def _take(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            os.close(self._descriptor)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _tell(self) -> None:
        story = {"pid": os.getpid(), "boot": _boot_id(), "purpose": self._purpose}
        with contextlib.suppress(OSError):  # a full disk must not keep us from locking
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(story).encode(), 0)


def _told(descriptor: int) -> str:
    """What the holder wrote, and when (the file's time)."""
    try:
        story = json.loads(os.pread(descriptor, _LIMIT, 0) or b"null")
        if not story:
            return ""
        since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
        reboot = "" if story["boot"] == _boot_id() else ", before the host was restarted"
        return f"{story['purpose']}, pid {int(story['pid'])}, since {show(since)}{reboot}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
