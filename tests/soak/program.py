"""A running program, looked at from outside: what it holds of memory, files and threads."""

import os
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a program holds at one moment."""

    seconds: float  # since the soak began
    memory: int  # bytes, resident
    files: int
    threads: int


def weigh(pid: int, seconds: float) -> Weight:
    """Of a process that lives."""
    home = Path(f"/proc/{pid}")
    return Weight(
        seconds=seconds,
        memory=int((home / "statm").read_text().split()[1]) * _PAGE,
        files=len(list((home / "fd").iterdir())),
        threads=len(list((home / "task").iterdir())),
    )
