"""How tests start, find and end the small reloading program."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.program_ports import What
from tests.machine import until

_PROGRAM = Path(__file__).with_name("reloading.py")


@dataclass(frozen=True, kw_only=True)
class ReloadingProgram:
    """One in a folder: its words, what it reads, and what it says that it has read."""

    folder: Path

    @property
    def pidfile(self) -> Path:
        return self.folder / "pid"

    def words(self, verb: str, *rest: str) -> list[str]:
        return [sys.executable, "-I", "-S", str(_PROGRAM), verb, str(self.folder), *rest]

    def lay_out(self) -> None:
        for what in ("config", "tls"):
            (self.folder / what).write_text("first")

    def put(self, what: What, text: str) -> None:
        (self.folder / what).write_text(text)

    def read(self, what: What) -> str:
        return (self.folder / f"{what}.read").read_text()

    def pid(self) -> int | None:
        return int(self.pidfile.read_text()) if self.pidfile.exists() else None


@contextmanager
def running_program(folder: Path) -> Iterator[tuple[ReloadingProgram, subprocess.Popen[bytes]]]:
    """It runs, with "first" as what it has read; gone afterwards."""
    program = ReloadingProgram(folder=folder)
    program.lay_out()
    process = subprocess.Popen(program.words("live"))
    try:
        until(program.pidfile.exists, "the program runs")
        yield program, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
