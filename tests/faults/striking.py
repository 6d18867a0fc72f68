"""Strike a command at each of its system calls: killed there, or told by the kernel that the disk is full or broken.

Python need not start again for each run: `tests.warm`.
"""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.forking import HURRIED
from tests.machine import until
from tests.warm import Stand

KILLED = -signal.SIGKILL
_CHANGES = (
    "write", "pwrite64", "fsync", "fdatasync", "sync", "rename", "renameat", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "mkdir", "mkdirat", "rmdir", "symlink", "symlinkat", "ftruncate", "chmod", "fchmod", "fchmodat",
    "chown", "fchownat", "utimensat", "setxattr", "copy_file_range", "kill",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run ended, and what it said."""

    code: int
    said: str


class Striker:
    """A context: commands of ours, each with strace on it from its first step."""

    def __init__(self, folder: Path) -> None:
        self._said = folder / "said"
        self._stand = Stand(HURRIED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stand.end()

    def census(self, words: Sequence[str]) -> tuple[tuple[str, int], ...]:
        """Every call of a run that changes something, in order: its name, and the how manieth of that name it is."""
        log = self._said.with_name("calls")
        trace = ["-o", str(log), "-e", "trace=" + ",".join(f"?{call}" for call in _CHANGES)]
        done = self._run(words, trace)
        assert done.code == 0, done
        found = [line.split(None, 1) for line in log.read_text().splitlines()]
        first = found[0][0]  # what a thread or a child does is not counted
        counted, calls = Counter[str](), list[tuple[str, int]]()
        for pid, line in found:
            name = line.partition("(")[0]
            if pid == first and name in _CHANGES:
                counted[name] += 1
                calls.append((name, counted[name]))
        return tuple(calls)

    def run(self, words: Sequence[str], *, call: str = "", strike: str = "") -> Run:
        """`call` is a system call, `strike` in words of strace: "signal=KILL:when=3", "error=ENOSPC:when=1+"."""
        return self._run(
            words, ["-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{strike}"] if strike else []
        )

    def _run(self, words: Sequence[str], trace_words: Sequence[str]) -> Run:
        pid = self._stand.begin(words, out=self._said, err=self._said, stands=True)
        until(lambda: " (" in _stat(pid) and _stat(pid).rpartition(") ")[2][:1] == "T", "it stands")
        trace = self._attach(pid, trace_words) if trace_words else None
        os.kill(pid, signal.SIGCONT)
        code = self._stand.ended()
        if trace is not None:
            trace.communicate(timeout=20)
        return Run(code=code, said=self._said.read_text())

    @staticmethod
    def _attach(pid: int, trace_words: Sequence[str]) -> "subprocess.Popen[str]":
        words = ["strace", "-f", "-b", "execve", *trace_words, "-p", str(pid)]
        trace = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert trace.stderr is not None
        said = trace.stderr.readline()
        assert "attached" in said, said
        return trace

    def killed(self, words: Sequence[str], calls: Mapping[str, int]) -> Iterator[str]:
        """Killed at every call of a kind, or at every second, third, … as `calls` says, until a run gets through.

        Yields where, after each run, the one that nothing hit included; the caller makes the world anew.
        """
        for call, stride in calls.items():
            for number in range(1, 400, every(stride)):
                where = f"killed at {call} {number}"
                done = self.run(words, call=call, strike=f"signal=KILL:when={number}")
                yield where
                if done.code == 0:
                    break
                assert done.code == KILLED, (where, done)


def every(stride: int) -> int:
    """Every how manieth call is struck: as a test asks for in the everyday run; `make crash` strikes all."""
    return 1 if os.environ.get("BACKUPSERV_CRASH") == "all" else stride


def _stat(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text()
