"""A program that writes its pid into a file and ends at SIGTERM, as Atheme does."""

import os
import re
import select
import signal
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.process import began_at, lives, program_name
from core.control.words import run_words
from core.domain.errors import ControlFailed

_SLACK = 10.0  # seconds by which clocks may disagree about what came first
_WRITING = 0.5  # seconds for which a pid file may be empty: a full disk leaves it so for ever
_PAUSE = 0.02
_PID = re.compile(rb"[1-9]\d{0,9}(?<!^1)")  # never 1: that is not services, and stopping it stops the host


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
        """The pid, if its process lives and is what we think it is."""
        path = self._settings.pidfile
        deadline = time.monotonic() + _WRITING
        while (read := _read(path)) is not None:
            text, written_at = read
            if _PID.fullmatch(text):
                pid = int(text)
                return pid if lives(pid) and self._is_ours(pid, written_at) else None
            if text or time.monotonic() >= deadline:
                what = "holds no pid" if text else "is empty"
                raise ControlFailed(f"the pid file {path} {what}", hint="remove it if services are down")
            time.sleep(_PAUSE)  # it is being written at this moment
        return None

    def _is_ours(self, pid: int, written_at: float) -> bool:
        """Whether the process wrote the file. In doubt neither yes nor no: both would do harm.

        Raises:
            ControlFailed: it cannot be told.
        """
        younger = (began_at(pid) or 0.0) > written_at + _SLACK
        expected, name = self._settings.program, program_name(pid)
        if name is None:
            return False  # it has ended in this moment
        if expected is None:
            if younger:
                raise ControlFailed(
                    f"pid {pid} ({name}) began long after {self._settings.pidfile} was written: is it services?",
                    hint="name `program`, or remove the file if services are down",
                )
            return True
        if name == expected[:15]:  # the kernel keeps 15 characters
            return True
        if not younger:
            raise ControlFailed(
                f"pid {pid} of {self._settings.pidfile} is {name}, not {expected}",
                hint="look at `program`, or remove the file if services are down",
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
