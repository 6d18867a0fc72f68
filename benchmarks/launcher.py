"""Whole processes and what they took, measured by a small program that holds nothing else.

A process counts the memory of the one that started it as its own peak: who holds a town in memory measures nothing.
Started as a program of its own, this module reads an order a line and answers each with a line of figures.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

_MEGABYTE = 1_000_000
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 — libfaketime's choice, not ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Programs to run, each reading what the one before it writes, and where."""

    commands: Sequence[list[str]]
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict)
    output: str = os.devnull  # where the last one's standard output goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What an order came to. Times in seconds."""

    seconds: float  # by the clock on the wall, from the first start to the last end
    processor: float  # of all of them, their children included
    megabytes: float  # the most that any of them held
    code: int  # the first exit code that is not 0
    said: str = ""  # their last words on standard error, if they failed


class Launcher:
    """Runs orders, one after the other. Small, because the process that starts another is small."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def run(self, order: Order) -> Run:
        """Run an order to its end."""
        to, back = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        to.write(json.dumps(asdict(order)) + "\n")
        answer = back.readline()
        if not answer:
            raise ChildProcessError("the launcher is gone")
        return Run(**json.loads(answer))


def carry_out(order: Order) -> Run:
    """Start all, wait for all."""
    os.chdir(order.folder)
    with tempfile.TemporaryFile() as errors, Path(order.output).open("wb") as output:
        began = time.monotonic()
        pids = _start(order, errors.fileno(), output.fileno())
        ended = [os.wait4(pid, 0) for pid in pids]
        seconds = time.monotonic() - began
        codes = [os.waitstatus_to_exitcode(status) for _, status, _ in ended]
        errors.seek(0)
        words = errors.read().decode(errors="replace").strip().splitlines()
    _clear_up(pids)
    code = next((code for code in codes if code), 0)
    return Run(
        seconds=seconds,
        processor=sum(usage.ru_utime + usage.ru_stime for *_, usage in ended),
        megabytes=max(usage.ru_maxrss for *_, usage in ended) * 1024 / _MEGABYTE,
        code=code,
        said=" ".join(words[-2:]) if code else "",
    )


def _start(order: Order, errors: int, output: int) -> list[int]:
    """The pids. Each reads from the one before; the first from nothing."""
    pids, source = [], os.open(os.devnull, os.O_RDONLY)
    for number, words in enumerate(order.commands):
        is_last = number == len(order.commands) - 1
        following, sink = (-1, output) if is_last else os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, sink, 1), (os.POSIX_SPAWN_DUP2, errors, 2)]
        pids.append(os.posix_spawnp(words[0], words, {**os.environ, **order.environment}, file_actions=actions))
        os.close(source)
        if not is_last:
            os.close(sink)
        source = following
    return pids


def _clear_up(pids: Sequence[int]) -> None:
    """What libfaketime leaves in shared memory where a program ends without libc, as those written in Go do."""
    for pid in pids:
        for left in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
            with suppress(FileNotFoundError):
                (_SHARED_MEMORY / left).unlink()


def main() -> None:
    """Orders come in a line each, until there are no more."""
    for line in sys.stdin:
        print(json.dumps(asdict(carry_out(Order(**json.loads(line))))), flush=True)


if __name__ == "__main__":
    main()
