"""The control and the reload of systemd units, against a real systemd."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.process import lives
from core.control.reload_systemd import ReloadSystemdSettings, SystemdReload
from core.control.systemd import SystemdControl, SystemdSettings
from core.domain.errors import ControlFailed, ReloadRefused
from tests.contracts.control_contract import ControlContract, ControlSubject
from tests.contracts.reload_contract import ReloadContract, ReloadSubject
from tests.core.control.reloading_program import ReloadingProgram
from tests.core.control.small_daemon import SmallDaemon
from tests.lab.systemd import UserManager, user_manager
from tests.machine import until

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def one_manager() -> Iterator[UserManager]:
    with user_manager() as manager:
        yield manager


@pytest.fixture
def manager(one_manager: UserManager, monkeypatch: pytest.MonkeyPatch) -> UserManager:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(one_manager.runtime))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    return one_manager


@pytest.fixture
def unit(tmp_path: Path, manager: UserManager) -> Iterator[str]:
    """The name of a unit that this test alone has."""
    name = f"{tmp_path.parent.name}-{tmp_path.name}.service".replace("_", "-")
    yield name
    manager.systemctl("stop", name)


def control(unit: str, *, timeout: float = 10) -> SystemdControl:
    return SystemdControl(SystemdSettings(kind="systemd", unit=unit, user=True, timeout_seconds=timeout))


def shell(text: str, *lines: str) -> str:
    return "\n".join(["[Service]", f"ExecStart=/bin/sh -c '{text}'", *lines]) + "\n"


class TestSystemdControl(ControlContract):
    @pytest.fixture
    def subject(self, manager: UserManager, unit: str, tmp_path: Path) -> ControlSubject:
        daemon = SmallDaemon(folder=tmp_path, traits=("slow",))
        start = " ".join(daemon.words("start"))
        manager.put(unit, f"[Service]\nType=forking\nPIDFile={daemon.pidfile}\nExecStart={start}\n")
        return ControlSubject(control=control(unit), pid=daemon.pid, saved=lambda: daemon.saved)


class TestSystemdReload(ReloadContract):
    @pytest.fixture
    def subject(self, manager: UserManager, unit: str, tmp_path: Path) -> ReloadSubject:
        program = ReloadingProgram(folder=tmp_path)
        program.lay_out()
        live, tell = (" ".join(words) for words in (program.words("live"), program.words("tell", "HUP")))
        manager.put(unit, f"[Service]\nExecStart={live}\nExecReload={tell}\n")
        manager.systemctl("start", unit)
        until(program.pidfile.exists, "the program runs")
        settings = ReloadSystemdSettings(kind="systemd", unit=unit, user=True, test=program.words("test"))

        def stop() -> None:
            manager.systemctl("stop", unit)

        return ReloadSubject(
            reload=SystemdReload(settings),
            untested=SystemdReload(settings.model_copy(update={"test": None})),
            put=program.put,
            read=program.read,
            bad="bad directive",
            pid=program.pid,
            stop=stop,
        )


class TestStates:
    @pytest.mark.usefixtures("manager")
    def test_a_unit_that_is_not_there_is_no_unit_that_is_down(self) -> None:
        """A name mistyped must not have a restore write under a running program."""
        with pytest.raises(ControlFailed, match=r"there is no unit nowhere\.service"):
            control("nowhere.service").is_running()
        with pytest.raises(ControlFailed, match="there is no unit"):
            control("nowhere.service").stop()
        with pytest.raises(ControlFailed, match="there is no unit"):
            control("nowhere.service").start()

    def test_a_unit_with_a_bad_file_is_told(self, manager: UserManager) -> None:
        """It could never be started again."""
        manager.put("bad-file.service", "[Service]\nExecStart=not/absolute\n")
        with pytest.raises(ControlFailed, match="has a bad setting"):
            control("bad-file.service").is_running()

    def test_no_systemd_is_no_answer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nobody can be asked, nothing is known."""
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        with pytest.raises(ControlFailed, match="systemd cannot be asked"):
            control("atheme-services.service").is_running()

    def test_a_unit_that_waits_for_its_restart_is_running(self, manager: UserManager, unit: str) -> None:
        """No process lives, and one will in a moment: that counts as running, and a stop ends it for good."""
        manager.put(unit, shell("exit 3", "Restart=always", "RestartSec=60"))
        manager.systemctl("start", unit)
        until(lambda: manager.show(unit, "SubState") == "auto-restart", "systemd waits to start it again")
        assert control(unit).is_running()
        control(unit).stop()
        assert not control(unit).is_running()
        assert manager.show(unit, "ActiveState") in {"inactive", "failed"}

    def test_a_killed_unit_comes_back_and_is_seen(self, manager: UserManager, unit: str) -> None:
        """Restart= brings it back after a kill: it runs, under another pid."""
        manager.put(unit, shell("exec sleep 60", "Restart=always", "RestartSec=100ms"))
        control(unit).start()
        pid = manager.show(unit, "MainPID")
        manager.systemctl("kill", "--signal=KILL", unit)
        until(lambda: manager.show(unit, "MainPID") not in {pid, "0"}, "it is back")
        assert control(unit).is_running()
        control(unit).stop()
        assert not control(unit).is_running()

    def test_what_is_left_in_its_group_still_runs(self, manager: UserManager, unit: str) -> None:
        """KillMode=process leaves children, which may write: the unit is inactive and not gone."""
        manager.put(unit, shell("sleep 60 & exec sleep 61", "KillMode=process"))
        control(unit).start()
        with pytest.raises(ControlFailed, match="processes of it still run"):
            control(unit, timeout=1).stop()
        assert manager.show(unit, "ActiveState") == "inactive"
        assert control(unit).is_running()
        manager.systemctl("kill", "--kill-who=all", "--signal=KILL", unit)
        until(lambda: not control(unit).is_running(), "the last of it has gone")

    def test_what_another_unit_starts_again_is_told(self, manager: UserManager, unit: str) -> None:
        """A stop that does not last is no stop."""
        path = unit.replace(".service", ".path")
        manager.put(unit, shell("exec sleep 60"))
        manager.put(path, f"[Path]\nPathExists={manager.folder}\n")
        manager.systemctl("start", path)
        try:
            until(lambda: control(unit).is_running(), "the path has started it")
            with pytest.raises(ControlFailed, match="something started it again"):
                control(unit).stop()
        finally:
            manager.systemctl("stop", path)

    def test_what_counts_as_active_without_a_process_is_down(self, manager: UserManager, unit: str) -> None:
        """An init script's unit stays active when its daemon has died: it is down, and a start starts it."""
        daemon = "(sleep 0.2; exit 0) &"
        manager.put(unit, shell(daemon, "Type=oneshot", "RemainAfterExit=yes"))
        control(unit).start()
        assert manager.show(unit, "SubState") == "exited"
        until(lambda: not control(unit).is_running(), "its daemon has ended")
        before = manager.show(unit, "InvocationID")
        control(unit).start()
        assert manager.show(unit, "InvocationID") != before


class TestFailures:
    def test_a_start_that_fails_says_how(self, manager: UserManager, unit: str) -> None:
        """The exit code is in the message, and where more is told in the hint."""
        manager.put(unit, shell("exit 3", "Type=oneshot"))
        with pytest.raises(ControlFailed, match=r"did not start: failed \(failed\), exit 3") as caught:
            control(unit).start()
        assert "journalctl" in caught.value.hint

    def test_a_start_limit_is_told_with_its_way_out(self, manager: UserManager, unit: str) -> None:
        """When it failed too often systemd does not try any more, and says something else."""
        lines = ("Type=oneshot", "[Unit]", "StartLimitBurst=2", "StartLimitIntervalSec=60")
        manager.put(unit, shell("exit 3", *lines))
        for _ in range(2):
            with pytest.raises(ControlFailed, match="exit 3"):
                control(unit).start()
        with pytest.raises(ControlFailed, match="does not even try") as caught:
            control(unit).start()
        assert f"systemctl --user reset-failed {unit}" in caught.value.hint
        manager.systemctl("reset-failed", unit)
        with pytest.raises(ControlFailed, match="exit 3"):
            control(unit).start()

    def test_a_stop_that_takes_too_long_is_told(self, manager: UserManager, unit: str) -> None:
        """It is not killed by us, and not called stopped."""
        program = f'{sys.executable} -c "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(30)"'
        manager.put(unit, f"[Service]\nType=exec\nExecStart={program}\nTimeoutStopSec=2\n")
        control(unit).start()
        time.sleep(0.3)  # until it has learnt to ignore
        pid = int(manager.show(unit, "MainPID"))
        with pytest.raises(ControlFailed, match="did not end within"):
            control(unit, timeout=0.5).stop()
        assert lives(pid)
        until(lambda: not control(unit).is_running(), f"systemd itself has sent {signal.SIGKILL.name}")

    def test_a_reload_that_fails_is_refused(self, manager: UserManager, unit: str) -> None:
        """The program goes on with what it had."""
        manager.put(unit, shell("exec sleep 60", "ExecReload=/bin/false"))
        control(unit).start()
        with pytest.raises(ReloadRefused, match="goes on with what it had"):
            SystemdReload(ReloadSystemdSettings(kind="systemd", unit=unit, user=True)).reload("config")
        assert control(unit).is_running()

    def test_a_unit_without_a_reload_is_told(self, manager: UserManager, unit: str) -> None:
        """Nothing was done, and why."""
        manager.put(unit, shell("exec sleep 60"))
        control(unit).start()
        with pytest.raises(ControlFailed, match="cannot be reloaded") as caught:
            SystemdReload(ReloadSystemdSettings(kind="systemd", unit=unit, user=True)).reload("tls")
        assert "ExecReload=" in caught.value.hint


def test_what_the_bot_reports_is_understood(manager: UserManager, unit: str, tmp_path: Path) -> None:
    """A start and a stop that take longer than the unit allows are waited for; a loop that hangs is killed.

    The unit allows less for each of them. Nothing but the loop feeds the watchdog.
    """
    program = f"{sys.executable} -m tests.lab.reporting {tmp_path}"
    bounds = "TimeoutStartSec=2s\nTimeoutStopSec=1s\nWatchdogSec=2s\nRestart=on-failure\nRestartSec=100ms\nLimitCORE=0"
    root = Path(__file__).parents[2]
    manager.put(unit, f"[Service]\nType=notify\nEnvironment=PYTHONPATH={root}\nExecStart={program}\n{bounds}\n")
    manager.systemctl("start", unit)
    assert manager.show(unit, "StatusText") == "in #opers"
    manager.systemctl("kill", "--signal=USR1", unit)
    until(lambda: manager.show(unit, "NRestarts") == "1", "the watchdog has bitten")
    until(lambda: manager.show(unit, "ActiveState") == "active", "it is up again")
    manager.systemctl("stop", unit)
    assert manager.show(unit, "Result") == "success"
    assert (tmp_path / "ended").read_text() == "whole"
