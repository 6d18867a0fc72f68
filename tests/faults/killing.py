"""Kill a command at each system call that writes, flushes, renames or links: strace does it exactly there."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence

CALLS = ("write", "pwrite64", "fsync", "rename", "linkat", "ftruncate")


def kill_points(
    command: Sequence[str], prepare: Callable[[], None], *, calls: Sequence[str] = CALLS, stride: int = 1
) -> Iterator[tuple[str, int]]:
    """Run `command` again and again, killed at the n-th call of each kind, until a run gets through.

    Only the command itself is hit, not what it starts (`-b execve`). `prepare` makes the world anew before each run.
    Yields after each killed run; the caller looks at what is left.
    """
    environment = dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONUNBUFFERED", None)  # what is printed is not what is tested
    for call in calls:
        for number in range(1, 400, stride):
            prepare()
            inject = f"inject={call}:signal=KILL:when={number}"
            words = ["strace", "-f", "-b", "execve", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]
            done = subprocess.run(
                [*words, *command],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=60,
                env=environment,
                check=False,
            )
            if done.returncode == 0:
                break
            assert done.returncode in {-signal.SIGKILL, 128 + signal.SIGKILL}, (call, number, done)
            yield call, number
