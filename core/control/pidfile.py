"""A program that writes its pid into a file and ends at SIGTERM, as Atheme does."""

import os
import select
import signal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.recorded_pid import recorded_pid
from core.control.words import run_words
from core.domain.errors import ControlFailed


class PidfileSettings(BaseModel):
    """`control = { kind = "pidfile", … }`: SIGTERM to the pid in a file; a command starts it again."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

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
        return self.life() is not None

    def life(self) -> str | None:
        """Its pid; see `Living`."""
        pid = self._pid()
        return str(pid) if pid is not None else None

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
        except OSError as error:
            raise ControlFailed(f"pid {pid} cannot be watched: {error.strerror}") from None
        try:
            if self._pid() == pid:
                self._end(descriptor, pid)
        finally:
            os.close(descriptor)

    def _end(self, descriptor: int, pid: int) -> None:
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        except ProcessLookupError:
            return
        except PermissionError:
            raise ControlFailed(
                f"uid {os.geteuid()} may not signal pid {pid}", hint="run as that user or as root"
            ) from None
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)  # readable when the last thread has ended, also as a zombie
        if not waiting.poll(self._settings.timeout_seconds * 1000):
            raise ControlFailed(
                f"pid {pid} still runs {self._settings.timeout_seconds:.0f} s after SIGTERM",
                hint="it was not killed: that would lose what it has not saved",
            )

    def start(self) -> None:
        """Run the start command; see the port."""
        if self.is_running():
            return
        ended = run_words(self._settings.start, timeout=self._settings.timeout_seconds)
        if ended.code != 0:
            raise ControlFailed(f"the start command failed ({ended})")

    def _pid(self) -> int | None:
        return recorded_pid(self._settings.pidfile, program=self._settings.program)
