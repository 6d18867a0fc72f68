"""What the kernel says about a process: does it live, what is its name, since when. Source: proc(5)."""

import os
import signal
from pathlib import Path
from typing import Literal

Reaction = Literal["catches", "ignores", "ends"]
_STATE, _START = 0, 19  # fields of /proc/PID/stat behind the name: state is the 3rd of all, starttime the 22nd

_MASKS: dict[str, Reaction] = {"SigCgt": "catches", "SigIgn": "ignores"}  # of /proc/PID/status


def lives(pid: int) -> bool:
    """Whether a process lives. A zombie has ended: it only waits for its parent to notice."""
    fields = _stat(pid)
    return bool(fields) and fields[_STATE] not in {"Z", "X"}


def program_name(pid: int) -> str | None:
    """The name of its program, at most 15 characters; None if there is no such process."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


def reaction(pid: int, number: signal.Signals) -> Reaction | None:
    """What a process does about a signal whose default is to end it; None if there is no such process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    masks = {name: int(value, 16) for name, _, value in (line.partition(":") for line in lines) if name in _MASKS}
    for name, verdict in _MASKS.items():
        if masks.get(name, 0) >> (number - 1) & 1:
            return verdict
    return "ends"


def began_at(pid: int) -> float | None:
    """When it began, in seconds since 1970 by today's clock; None if there is no such process."""
    fields = _stat(pid)
    if not fields:
        return None
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith("btime "):
            return int(line.split()[1]) + int(fields[_START]) / os.sysconf("SC_CLK_TCK")
    return None


def _stat(pid: int) -> list[str]:
    try:
        # The name stands in brackets and may itself hold blanks and brackets.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
