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

_LIMIT = 4096


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
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise write_error(self._path, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            story = _told(self._descriptor)
            os.close(self._descriptor)
            raise LockHeld(
                f"another run is at work{story and f' ({story})'}", hint="wait for it to end, then try again"
            ) from None
        left = _told(self._descriptor)
        self.stale = f"the run before ended without a word ({left})" if left else ""
        self._tell()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _tell(self) -> None:
        story = {"pid": os.getpid(), "purpose": self._purpose, "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        with contextlib.suppress(OSError):  # a full disk must not keep us from locking
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(story).encode(), 0)


def _told(descriptor: int) -> str:
    try:
        story = json.loads(os.pread(descriptor, _LIMIT, 0) or b"null")
        return f"{story['purpose']}, pid {int(story['pid'])}, since {story['since']}" if story else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""
