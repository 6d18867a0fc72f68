"""The control of a unit of the system's manager: process 1 of a machine of its own."""

import contextlib
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.systemd import SystemdControl, SystemdSettings
from core.domain.errors import ControlFailed
from tests.contracts.control_contract import ControlContract, ControlSubject
from tests.core.control.small_daemon import PROGRAM
from tests.lab.systemd_machine import Machine, machine
from tests.machine import until

pytestmark = pytest.mark.lab

FOLDER = "/srv/daemon"
UNIT = f"""\
[Service]
Type=forking
PIDFile={FOLDER}/daemon.pid
ExecStart=/opt/python/bin/python{sysconfig.get_python_version()} -I -S {FOLDER}/daemon.py start {FOLDER}/daemon.pid slow
Environment=LD_LIBRARY_PATH=/opt/python/lib
"""
# Not even systemd starts it: what it says must be in the message.
BROKEN = """\
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo cannot bind: address in use >&2; exit 3'
"""


@pytest.fixture(scope="module")
def booted() -> Iterator[Machine]:
    files = {
        "/etc/systemd/system/daemon.service": UNIT,
        "/etc/systemd/system/broken.service": BROKEN,
        f"{FOLDER}/daemon.py": PROGRAM.read_text(),
    }
    with machine(files) as booted:
        yield booted


@pytest.fixture(autouse=True)
def _systemctl_reaches_it(booted: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The very programs, run in there."""
    leader = (booted.folder / "leader").read_text().strip()
    for name in ("systemctl", "journalctl"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nexec /usr/bin/nsenter --target {leader} --all -- /usr/bin/{name} "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


class Seen:
    """The daemon, as this side sees it: its files through the kernel, its process by its number out here."""

    def __init__(self, booted: Machine) -> None:
        self._leader = (booted.folder / "leader").read_text().strip()
        self._folder = Path(f"/proc/{self._leader}/root{FOLDER}")

    def pid(self) -> int | None:
        until(lambda: list(self._processes()), "the daemon has written its pid")
        return next(self._processes(), None)

    @property
    def saved(self) -> bool:
        return (self._folder / "daemon.saved").exists()

    def clear(self) -> None:
        for name in ("daemon.saved", "daemon.pid"):
            (self._folder / name).unlink(missing_ok=True)

    def _processes(self) -> Iterator[int]:
        """The process of the pid file: the last number of NSpid is the one that it knows itself by."""
        with contextlib.suppress(OSError):
            inner = (self._folder / "daemon.pid").read_text().strip()
            place = Path(f"/proc/{self._leader}/ns/pid").readlink()
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    numbers = (process / "status").read_text().partition("NSpid:")[2].split("\n")[0].split()
                    if numbers[-1:] == [inner] and (process / "ns" / "pid").readlink() == place:
                        yield int(process.name)


def control(unit: str) -> SystemdControl:
    return SystemdControl(SystemdSettings(kind="systemd", unit=unit, timeout_seconds=20))


class TestSystemdControlOfTheSystem(ControlContract):
    @pytest.fixture
    def subject(self, booted: Machine) -> ControlSubject:
        booted.run("systemctl", "stop", "daemon.service")
        seen = Seen(booted)
        seen.clear()
        return ControlSubject(control=control("daemon.service"), pid=seen.pid, saved=lambda: seen.saved)


def test_a_failed_start_says_what_the_program_said() -> None:
    """The last lines of the unit's journal, where the bot may read it."""
    with pytest.raises(ControlFailed, match=r"exit 3: .*cannot bind: address in use"):
        control("broken.service").start()
