"""A reload by a signal, as most servers have it: SIGHUP for the configuration, SIGUSR1 for certificates."""

import os
import signal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.process import reaction
from core.control.recorded_pid import recorded_pid
from core.control.reload_test import run_test
from core.domain.errors import ControlFailed, ProgramDown, ReloadRefused
from core.program_ports import What

SignalName = Literal["HUP", "USR1", "USR2"]
Words = Annotated[list[str], Field(min_length=1)]


class ReloadSignalSettings(BaseModel):
    """`reload = { kind = "signal", … }`: a signal to the pid in a file. Nothing answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["signal"]
    pidfile: Path = Field(strict=False, description="the file that the program writes its pid into")
    program: str | None = Field(default=None, description="name of the process: guards against a pid used again")
    config: SignalName = Field(default="HUP", description="has all of the configuration read again")
    tls: SignalName | None = Field(default=None, description="has the certificates alone read again; default: config's")
    test: Words | None = Field(default=None, description="exit code 0 where the program would live with what is there")
    timeout_seconds: float = Field(default=30, gt=0, strict=False, description="how long the test may take")


class SignalReload:
    """Signals the process, if it does something about that signal; see the port."""

    def __init__(self, settings: ReloadSignalSettings) -> None:
        self._settings = settings

    @property
    def can_test(self) -> bool:
        """Whether there is a command for it; see the port."""
        return self._settings.test is not None

    def test(self) -> str:
        """Run the test command; see the port."""
        return run_test(self._settings.test, timeout=self._settings.timeout_seconds)

    def reload(self, what: What) -> str:
        """Send the signal; see the port. A program that would end of it is not sent it."""
        number = signal.Signals[
            f"SIG{self._settings.tls or self._settings.config if what == 'tls' else self._settings.config}"
        ]
        pid = self._pid()
        if pid is None:
            raise ProgramDown(f"nothing runs by the pid file {self._settings.pidfile}", hint="start the program")
        try:
            descriptor = os.pidfd_open(pid)  # names this very process: a pid that is used again cannot be hit
        except OSError as error:
            raise ControlFailed(f"pid {pid} cannot be signalled: {error.strerror}") from None
        try:
            self._send(descriptor, pid, number)
        finally:
            os.close(descriptor)
        return f"told to reload ({number.name})"

    def _send(self, descriptor: int, pid: int, number: signal.Signals) -> None:
        if self._pid() != pid:
            raise ControlFailed(f"pid {pid} ended, or was replaced, in this moment", hint="ask again")
        does = reaction(pid, number)
        if does == "ends":
            raise ControlFailed(
                f"pid {pid} would end of {number.name}, so it was not sent", hint="which signal has it reload?"
            )
        if does == "ignores":
            raise ReloadRefused(f"pid {pid} ignores {number.name}: it goes on with what it had")
        try:
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            raise ControlFailed(f"pid {pid} ended in this moment") from None
        except PermissionError:
            raise ControlFailed(
                f"uid {os.geteuid()} may not signal pid {pid}", hint="run as that user or as root"
            ) from None

    def _pid(self) -> int | None:
        return recorded_pid(self._settings.pidfile, program=self._settings.program)
