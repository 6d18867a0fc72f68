"""Reloads by a signal, in their doubts."""

import signal
import subprocess
from pathlib import Path

import pytest

from core.control.process import reaction
from core.control.reload_signal import ReloadSignalSettings, SignalName, SignalReload
from core.domain.errors import ControlFailed, ReloadRefused
from tests.core.control.reloading_program import running_program


def reload(pidfile: Path, name: SignalName, *, program: str | None = None) -> SignalReload:
    return SignalReload(ReloadSignalSettings(kind="signal", pidfile=pidfile, config=name, program=program))


def test_it_says_which_signal(tmp_path: Path) -> None:
    """Nothing answers, so what was done is all that can be told."""
    with running_program(tmp_path) as (program, _):
        assert reload(program.pidfile, "HUP").reload("tls") == "told to reload (SIGHUP)"


def test_a_program_that_ignores_it_goes_on_with_what_it_had(tmp_path: Path) -> None:
    """To the sender an ignored signal looks like a success; the kernel knows better."""
    with running_program(tmp_path) as (program, _), pytest.raises(ReloadRefused, match="ignores SIGUSR2"):
        reload(program.pidfile, "USR2").reload("config")


def test_a_program_that_would_end_of_it_is_left_alone(tmp_path: Path) -> None:
    """A signal that a program does not know ends it: a wrong key must not take a server down."""
    process = subprocess.Popen(["/bin/sleep", "60"])
    try:
        pidfile = tmp_path / "pid"
        pidfile.write_text(f"{process.pid}\n")
        with pytest.raises(ControlFailed, match="would end of SIGUSR1"):
            reload(pidfile, "USR1").reload("config")
        assert process.poll() is None
        assert reaction(process.pid, signal.SIGUSR1) == "ends"
    finally:
        process.kill()
        process.wait()


def test_another_program_under_that_pid_is_left_alone(tmp_path: Path) -> None:
    """The pid file is old, and its pid is somebody else's now: as a stop, a reload sees the name."""
    with running_program(tmp_path) as (program, _), pytest.raises(ControlFailed, match="not unrealircd"):
        reload(program.pidfile, "HUP", program="unrealircd").reload("config")


def test_no_pid_file_is_told(tmp_path: Path) -> None:
    """Who is down is not reloaded."""
    with pytest.raises(ControlFailed, match="nothing runs by the pid file"):
        reload(tmp_path / "none.pid", "HUP").reload("config")
