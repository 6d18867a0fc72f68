"""Kill a command at each system call that writes, flushes, renames or links: strace does it exactly there."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.striking import Striker, every

CALLS = ("write", "pwrite64", "fsync", "rename", "linkat", "ftruncate")
_OURS = [sys.executable, "-m", "bot"]
Strike = Callable[[str, str], int]  # a system call, what strace does there; returns the exit code


def kill_points(
    command: Sequence[str], prepare: Callable[[], None], *, calls: Sequence[str] = CALLS, stride: int = 1
) -> Iterator[tuple[str, int]]:
    """Run `command` again and again, killed at the n-th call of each kind, until a run gets through.

    Only the command itself is hit, not what it starts (`-b execve`). `prepare` makes the world anew before each run.
    Yields after each killed run; the caller looks at what is left.
    """
    with _striking(list(command)) as strike:
        for call in calls:
            for number in range(1, 400, every(stride)):
                prepare()
                code = strike(call, f"signal=KILL:when={number}")
                if code == 0:
                    break
                assert code in {-signal.SIGKILL, 128 + signal.SIGKILL}, (call, number, code)
                yield call, number


@contextmanager
def _striking(command: list[str]) -> Iterator[Strike]:
    """Our own verbs are forked from a process that has everything imported; another program is started each time."""
    if command[:3] == _OURS:
        with tempfile.TemporaryDirectory() as folder, Striker(Path(folder)) as striker:
            yield lambda call, strike: striker.run(command[3:], call=call, strike=strike).code
    else:
        yield lambda call, strike: _start(command, call, strike)


def _start(command: list[str], call: str, strike: str) -> int:
    environment = dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONUNBUFFERED", None)  # what is printed is not what is tested
    words = ["strace", "-f", "-b", "execve", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
    return subprocess.run(
        [*words, "-e", f"inject={call}:{strike}", *command],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        env=environment,
        check=False,
    ).returncode
