"""The pid that a program wrote into a file, if its process lives and is the program that we mean."""

import os
import re
import time
from pathlib import Path

from core.control.process import began_at, lives, program_name
from core.domain.errors import ControlFailed

_SLACK = 10.0  # seconds by which clocks may disagree about what came first
_WRITING = 0.5  # seconds for which a pid file may be empty: a full disk leaves it so for ever
_PAUSE = 0.02
_PID = re.compile(rb"[1-9]\d{0,9}(?<!^1)")  # never 1: that is no such program, and stopping it stops the host


def recorded_pid(path: Path, *, program: str | None) -> int | None:
    """The pid in the file; None if there is no file, or its process has ended. In doubt neither: both would do harm.

    `program` is the name that the process must bear.

    Raises:
        ControlFailed: it cannot be told.
    """
    deadline = time.monotonic() + _WRITING
    while (read := _read(path)) is not None:
        text, written_at = read
        if _PID.fullmatch(text):
            pid = int(text)
            return pid if lives(pid) and _is_ours(pid, program, path, written_at) else None
        if text or time.monotonic() >= deadline:
            what = "holds no pid" if text else "is empty"
            raise ControlFailed(f"the pid file {path} {what}", hint="remove it if the program is down")
        time.sleep(_PAUSE)  # it is being written at this moment
    return None


def _is_ours(pid: int, expected: str | None, path: Path, written_at: float) -> bool:
    """Whether the process wrote the file.

    Raises:
        ControlFailed: it cannot be told.
    """
    younger = (began_at(pid) or 0.0) > written_at + _SLACK
    name = program_name(pid)
    if name is None:
        return False  # it has ended in this moment
    if expected is None:
        if younger:
            raise ControlFailed(
                f"pid {pid} ({name}) began long after {path} was written: is it the program that wrote it?",
                hint="name `program`, or remove the file if the program is down",
            )
        return True
    if name == expected[:15]:  # the kernel keeps 15 characters
        return True
    if not younger:
        raise ControlFailed(
            f"pid {pid} of {path} is {name}, not {expected}",
            hint="look at `program`, or remove the file if the program is down",
        )
    return False


def _read(path: Path) -> tuple[bytes, float] | None:
    """The beginning of a pid file and when it was written; None if there is none."""
    try:
        with path.open("rb") as file:
            return file.read(64).strip(), os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ControlFailed(f"the pid file {path} cannot be read: {error.strerror}") from None
