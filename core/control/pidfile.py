"""A program that writes its pid into a file and ends at SIGTERM, as Atheme does."""

import os
import signal
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.words import run_words
from core.domain.errors import ControlFailed

_PAUSE = 0.02


class PidfileSettings(BaseModel):
    """`control = { kind = "pidfile", … }`: SIGTERM to the pid in a file; a command starts it again."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Literal["pidfile"]
    pidfile: Path = Field(strict=False, description="the file that services write their pid into")
    start: Annotated[list[str], Field(min_length=1)] = Field(description="starts services, as a list of words")
    program: str | None = Field(default=None, description="name of the process: guards against a pid used again")
    timeout_seconds: float = Field(default=30, gt=0, strict=False, description="how long stop and start may take")


class PidfileControl:
    """Signals the process itself, and sees it gone. Never SIGKILL: that loses what was not saved."""

    can_act = True

    def __init__(self, settings: PidfileSettings) -> None:
        self._settings = settings

    def is_running(self) -> bool:
        """Whether the process of the pid file lives; see the port."""
        return self._pid() is not None

    def stop(self) -> None:
        """SIGTERM, and wait until the process is gone; see the port."""
        pid = self._pid()
        if pid is None:
            return
        try:
            # A pidfd names this very process: a pid that is used again later cannot be hit or waited for.
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            if self._pid() == pid:
                signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            self._wait_until_gone(pid)
        except ProcessLookupError:
            return
        except PermissionError:
            raise ControlFailed(
                f"uid {os.geteuid()} may not signal pid {pid}", hint="run as that user or as root"
            ) from None
        finally:
            os.close(descriptor)

    def _wait_until_gone(self, pid: int) -> None:
        deadline = time.monotonic() + self._settings.timeout_seconds
        while _lives(pid):
            if time.monotonic() >= deadline:
                raise ControlFailed(
                    f"pid {pid} still runs {self._settings.timeout_seconds:.0f} s after SIGTERM",
                    hint="it was not killed: that would lose what it has not saved",
                )
            time.sleep(_PAUSE)

    def start(self) -> None:
        """Run the start command; see the port."""
        if self.is_running():
            return
        ended = run_words(self._settings.start, timeout=self._settings.timeout_seconds)
        if ended.code != 0:
            raise ControlFailed(f"the start command failed ({ended})")

    def _pid(self) -> int | None:
        """The pid, if its process lives and is what we think it is."""
        path = self._settings.pidfile
        try:
            with path.open("rb") as file:
                text = file.read(64).strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ControlFailed(f"the pid file {path} cannot be read: {error.strerror}") from None
        if not text:
            return None  # it is being written at this moment, or a crash left it empty
        if not text.isdigit() or int(text) <= 1:
            raise ControlFailed(f"the pid file {path} holds no pid", hint="is it the right file?")
        pid = int(text)
        if not _lives(pid) or not self._is_program(pid):
            return None
        return pid

    def _is_program(self, pid: int) -> bool:
        if self._settings.program is None:
            return True
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return False
        return name == self._settings.program[:15]  # the kernel keeps 15 characters


def _lives(pid: int) -> bool:
    """Whether a process lives. A zombie has ended: it only waits for its parent to notice."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}
