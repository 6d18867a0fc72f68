"""The pid file control in its doubts."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.pidfile import PidfileControl, PidfileSettings
from core.domain.errors import ControlFailed
from tests.contracts.control_contract import lives
from tests.core.control.small_daemon import SmallDaemon


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of our own, which is a zombie from its end until we look."""
    process = subprocess.Popen(["/bin/sleep", "60"])
    yield process
    process.kill()
    process.wait()


def control(pidfile: Path, *, program: str | None = None, timeout: float = 5) -> PidfileControl:
    settings = PidfileSettings(
        kind="pidfile", pidfile=pidfile, start=["true"], program=program, timeout_seconds=timeout
    )
    return PidfileControl(settings)


def write(tmp_path: Path, text: str) -> Path:
    pidfile = tmp_path / "services.pid"
    pidfile.write_text(text)
    return pidfile


def test_no_file_is_not_running(tmp_path: Path) -> None:
    """A program that ended well has removed it."""
    assert not control(tmp_path / "none.pid").is_running()


def test_a_stale_file_is_not_running(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """A crash leaves the file; its process is gone."""
    sleeper.kill()
    sleeper.wait()
    assert not control(write(tmp_path, f"{sleeper.pid}\n")).is_running()


def test_a_zombie_is_gone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """Stopping does not wait for a parent that never looks: a container's first process may be such a one."""
    pidfile = write(tmp_path, f"{sleeper.pid}\n")
    begun = time.monotonic()
    control(pidfile).stop()
    assert time.monotonic() - begun < 2
    assert Path(f"/proc/{sleeper.pid}").exists()
    assert not control(pidfile).is_running()
    assert sleeper.wait() == -signal.SIGTERM


@pytest.mark.parametrize("text", ["atheme", "-1", "0", "1", "12 34", "99999999999999999999", "\x00\x00", "1.5"])
def test_garbage_is_no_answer(tmp_path: Path, text: str) -> None:
    """A file that holds no pid says nothing; it is never taken for "not running", and nothing is signalled."""
    with pytest.raises(ControlFailed, match=r"services\.pid holds no pid"):
        control(write(tmp_path, text)).is_running()


def test_an_empty_file_is_no_answer(tmp_path: Path) -> None:
    """A full disk leaves an empty pid file beside a living process."""
    with pytest.raises(ControlFailed, match="is empty"):
        control(write(tmp_path, "")).is_running()


def test_a_folder_is_no_answer(tmp_path: Path) -> None:
    """What cannot be read is told with its path."""
    with pytest.raises(ControlFailed, match="cannot be read"):
        control(tmp_path).is_running()


def test_the_pid_of_another_program_after_a_reboot_is_not_ours(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    """Another name, and younger than the file: the pid was used again. Nothing is signalled."""
    pidfile = write(tmp_path, f"{sleeper.pid}\n")
    os.utime(pidfile, (1_700_000_000, 1_700_000_000))
    subject = control(pidfile, program="atheme-services")
    assert not subject.is_running()
    subject.stop()
    assert sleeper.poll() is None


def test_another_name_alone_is_a_doubt(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """A wrong `program` in the configuration must not make living services look dead."""
    with pytest.raises(ControlFailed, match="is sleep, not atheme"):
        control(write(tmp_path, f"{sleeper.pid}\n"), program="atheme").is_running()


def test_a_process_younger_than_its_file_is_a_doubt(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """Without a name to compare, a process that cannot have written the file is not signalled."""
    pidfile = write(tmp_path, f"{sleeper.pid}\n")
    os.utime(pidfile, (1_700_000_000, 1_700_000_000))
    with pytest.raises(ControlFailed, match="name `program`"):
        control(pidfile).stop()
    assert sleeper.poll() is None


def test_the_right_name_is_enough(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """Clocks step; a name that matches is believed."""
    pidfile = write(tmp_path, f"{sleeper.pid}\n")
    os.utime(pidfile, (1_700_000_000, 1_700_000_000))
    assert control(pidfile, program="sleep").is_running()


def test_long_names_are_compared_as_the_kernel_keeps_them(tmp_path: Path) -> None:
    """The kernel keeps 15 characters of a name."""
    program = tmp_path / "a-rather-long-services-name"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(program), "60"])
    try:
        assert control(write(tmp_path, f"{process.pid}\n"), program=program.name).is_running()
    finally:
        process.kill()
        process.wait()


def test_what_ignores_sigterm_is_told_by_pid_and_lives(tmp_path: Path) -> None:
    """No SIGKILL, ever: the message names the pid, and the program keeps what it has not saved."""
    daemon = SmallDaemon(folder=tmp_path, traits=("deaf",))
    try:
        subprocess.run(daemon.words("start"), check=True)
        pid = daemon.pid()
        with pytest.raises(ControlFailed, match=f"pid {pid} still runs"):
            control(daemon.pidfile, timeout=0.3).stop()
        assert lives(pid)
    finally:
        daemon.kill()


_AS_NOBODY = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from core.control.pidfile import PidfileControl, PidfileSettings
settings = PidfileSettings(kind="pidfile", pidfile=Path(sys.argv[1]), start=["true"])
os.setuid(65534)
PidfileControl(settings).stop()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_process_of_somebody_else_is_told(sleeper: subprocess.Popen[bytes]) -> None:
    """Who may not signal says so, with uid and pid."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        pidfile = write(Path(folder), f"{sleeper.pid}\n")
        words = [sys.executable, "-c", _AS_NOBODY, str(pidfile), *sys.path]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert f"uid 65534 may not signal pid {sleeper.pid}" in ended.stderr
    assert sleeper.poll() is None
