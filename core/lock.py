"""One run at a time: a lock that dies with its holder, and says when its holder last gave a sign of life."""

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.disk import write_error
from core.domain.errors import LockHeld
from core.domain.moment import ago, show
from core.ports import Clock

BEAT_SECONDS = 10.0
_SILENT = 60  # seconds without a beat that are worth a word
_PATIENCE, _PAUSE = 60.0, 0.1  # seconds for what is brief, and between two looks whether it is over
_LIMIT = 4096
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Lock:
    """A context over flock(2): the kernel lets go when the holder dies, so nobody ever has to break it.

    The file tells who holds it, and its time when that run last gave a sign of life: one that hangs (a stopped
    process, a file system that does not answer) still holds it, and is told apart from one at work. What the file says
    after a crash is only a story, kept in `stale`.
    """

    def __init__(self, path: Path, *, purpose: str, brief: bool = False) -> None:
        self._path = path
        self._purpose = purpose
        self._brief = brief  # it is over in a moment: whoever meets it may wait for that
        self._descriptor = -1
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lock's heartbeat", daemon=True)
        self.stale = ""

    def __enter__(self) -> Self:
        """Take it.

        Raises:
            LockHeld: another run has it; who, what for, since when and how long it was silent are in the message.
            StorageFull, StorageUnavailable: the file cannot be made or locked.
        """
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self._take()
        except BlockingIOError:
            story, silent = _story(self._descriptor), _silent(self._descriptor)
            told = _told(self._descriptor)
            os.close(self._descriptor)
            raise _held(told, silent, brief=story is None or story.get("brief") is True) from None
        except OSError as error:
            raise write_error(self._path, error) from error
        left = _told(self._descriptor)
        self.stale = f"the run before ended without a word ({left})" if left else ""
        self._tell()
        self._heart.start()
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
        self._ended.set()
        self._heart.join()
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _tell(self) -> None:
        with contextlib.suppress(OSError):  # a full disk must not keep us from locking
            os.ftruncate(self._descriptor, 0)
            os.utime(self._descriptor)
            since = int(os.fstat(self._descriptor).st_mtime)  # by the clock that stamps the beats
            story = {"pid": os.getpid(), "boot": _boot_id(), "purpose": self._purpose, "since": since}
            story |= {"brief": True} if self._brief else {}
            os.pwrite(self._descriptor, json.dumps(story).encode(), 0)

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            with contextlib.suppress(OSError):  # silence is what a file that cannot be touched should tell
                os.utime(self._descriptor)


def wait_for(make: Callable[[], Lock], held: contextlib.ExitStack, clock: Clock) -> Lock:
    """A lock, after whoever has it for a moment: nobody is refused because a save was just being taken.

    Raises: as `Lock`, at once where it is held for longer.
    """
    deadline = clock.monotonic() + _PATIENCE
    while True:
        try:
            return held.enter_context(make())
        except LockHeld as error:
            if not error.brief or clock.monotonic() >= deadline:
                raise
            clock.sleep(_PAUSE)


def _held(story: str, silent: float, *, brief: bool) -> LockHeld:
    hint = "wait for it to end, then try again"
    if silent >= _SILENT and story:
        story += f", last sign of life {ago(silent)} ago"
        hint = "it hangs: look at that process; when it is killed, nothing more stands in the way"
    return LockHeld(f"another run is at work{story and f' ({story})'}", hint=hint, brief=brief)


def _story(descriptor: int) -> dict[str, Any] | None:
    """What the holder wrote; None where it has not yet, or will be gone at once."""
    try:
        story = json.loads(os.pread(descriptor, _LIMIT, 0) or b"null")
    except (OSError, ValueError):
        return {}
    return story if isinstance(story, dict) or story is None else {}


def _told(descriptor: int) -> str:
    """The same for people: what for, who, since when."""
    try:
        story = _story(descriptor)
        if not story:
            return ""
        since = datetime.fromtimestamp(story.get("since", os.fstat(descriptor).st_mtime), UTC)
        reboot = "" if story["boot"] == _boot_id() else ", before the host was restarted"
        return f"{story['purpose']}, pid {int(story['pid'])}, since {show(since)}{reboot}"
    except (OSError, OverflowError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _silent(descriptor: int) -> float:
    """Seconds since the holder's last beat; 0 if it cannot be told."""
    try:
        return max(0.0, time.time() - os.fstat(descriptor).st_mtime)
    except OSError:
        return 0


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
