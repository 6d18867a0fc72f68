"""One who tells and one who delivers, each in a process of its own that is killed and begun again, a hundred times.

`python -m tests.faults.telling FOLDER NOTICES KILLS`: `told` and `heard` in the folder say what came of it.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from core.clock import SystemClock
from core.domain.notice import Target
from core.notices.notices import Notices
from core.notices.outbox import Delivery


def _open(folder: Path) -> Notices:
    return Notices(folder, [Target(name="webhook")], SystemClock())


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def _write(path: Path, title: str) -> None:
    """One write of one line: it is there whole or not at all when the process is killed."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{title}\n".encode())
    os.close(descriptor)


def tell(folder: Path, most: int) -> None:
    """From the first that is not known to be in the outbox."""
    notices, told = _open(folder), folder / "told"
    for number in range(len(_lines(told)), most):
        notices.tell("error", str(number), cause="test")
        _write(told, str(number))


def hear(folder: Path, _: int) -> None:
    """Until killed. Every fifth time the other side does not answer."""
    notices = _open(folder)
    while True:
        found = notices.outbox.next("webhook")
        if not isinstance(found, Delivery):
            time.sleep(0.002)
        elif random.random() < 0.2:  # noqa: S311 — chance, no secret
            notices.outbox.failed(found, "reset", timedelta(milliseconds=1))
        else:
            _write(folder / "heard", found.notice.title)
            notices.outbox.delivered(found)


def _begun(work: Callable[[Path, int], None], folder: Path, most: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work(folder, most)
        finally:
            os._exit(0)
    return pid


def main(folder: Path, most: int, kills: int) -> None:
    """Kill one of the two after a moment, begin it again; at the end let both come to their end."""
    works: list[Callable[[Path, int], None]] = [tell, hear]
    working = [_begun(work, folder, most) for work in works]
    for _ in range(kills):
        time.sleep(random.uniform(0.001, 0.06))  # noqa: S311 — same
        which = random.randrange(len(works))  # noqa: S311 — same
        os.kill(working[which], signal.SIGKILL)
        os.waitpid(working[which], 0)
        working[which] = _begun(works[which], folder, most)
    os.waitpid(working[0], 0)
    deadline = time.monotonic() + 60
    while _open(folder).outbox.backlog()[0].waiting and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(working[1], signal.SIGKILL)
    os.waitpid(working[1], 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
