"""How tests start, find and end the small daemon."""

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = Path(__file__).with_name("daemon.py")


@dataclass(frozen=True, kw_only=True)
class SmallDaemon:
    """One daemon in a folder: its words for a control, and what it left."""

    folder: Path
    traits: tuple[str, ...] = field(default=())

    @property
    def pidfile(self) -> Path:
        return self.folder / "daemon.pid"

    def words(self, verb: str) -> list[str]:
        return [sys.executable, "-I", "-S", str(PROGRAM), verb, str(self.pidfile), *self.traits]

    def pid(self) -> int | None:
        """The pid, once it is written: a start command may return a little earlier."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError):
                return int(self.pidfile.read_text())
            time.sleep(0.01)
        return None

    @property
    def saved(self) -> bool:
        """Whether it was given the time to save when it was stopped."""
        return self.pidfile.with_suffix(".saved").exists()

    def left(self, suffix: str) -> str:
        return self.pidfile.with_suffix(suffix).read_text()

    def kill(self) -> None:
        """End it, whatever it ignores."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(self.pidfile.read_text()), signal.SIGKILL)
