"""A small daemon in a container: it saves when it is told to, and takes its time to save when it ends."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contracts.control_contract import ControlSubject
from tests.lab.docker.engine import Engine

_TEXT = """
trap 'sleep 0.1; touch /data/saved; exit 0' TERM
trap 'echo asked >> /data/asked' HUP
trap 'echo tls >> /data/asked' USR1
rm -f /data/saved
touch /data/up
while :; do sleep 0.05; done
"""
DAEMON = ["sh", "-c", _TEXT]


@dataclass(frozen=True, kw_only=True)
class ContainedDaemon:
    """The daemon in a container, and what it left in a folder."""

    engine: Engine
    folder: Path
    name: str = "small-daemon"

    def make(self, *, start: bool = False, **host: Any) -> None:
        """A new container; up and listening to signals when `start` is asked for."""
        self.engine.run(self.name, DAEMON, start=start, binds=[f"{self.folder}:/data"], **host)
        if start:
            self.wait()

    def wait(self) -> None:
        """Until it listens to signals."""
        self.wait_for("up")

    def wait_for(self, name: str, seconds: float = 5) -> str:
        deadline = time.monotonic() + seconds
        while not (self.folder / name).exists():
            assert time.monotonic() < deadline, f"{name} was not seen"
            time.sleep(0.01)
        return (self.folder / name).read_text()

    @property
    def pid(self) -> int | None:
        """Its process, as this machine numbers it, once it listens."""
        self.wait()
        return int(self.engine.state(self.name)["Pid"]) or None

    def subject(self, control: Any) -> ControlSubject:
        """For the contract: down."""
        return ControlSubject(control=control, pid=lambda: self.pid, saved=(self.folder / "saved").exists)
