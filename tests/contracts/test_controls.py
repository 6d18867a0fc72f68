"""The contract of controls, kept by those that control a small daemon; real Atheme is in tests/lab."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.command import CommandControl, CommandSettings
from core.control.pidfile import PidfileControl, PidfileSettings
from tests.contracts.control_contract import ControlContract, ControlSubject
from tests.core.control.small_daemon import SmallDaemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[SmallDaemon]:
    """A daemon that takes its time to save."""
    daemon = SmallDaemon(folder=tmp_path, traits=("slow",))
    yield daemon
    daemon.kill()


class TestCommandControl(ControlContract):
    @pytest.fixture
    def subject(self, daemon: SmallDaemon) -> ControlSubject:
        settings = CommandSettings(
            kind="command", stop=daemon.words("stop"), start=daemon.words("start"), status=daemon.words("status")
        )
        return ControlSubject(control=CommandControl(settings), pid=daemon.pid, saved=lambda: daemon.saved)


class TestPidfileControl(ControlContract):
    @pytest.fixture
    def subject(self, daemon: SmallDaemon) -> ControlSubject:
        settings = PidfileSettings(kind="pidfile", pidfile=daemon.pidfile, start=daemon.words("start"))
        return ControlSubject(control=PidfileControl(settings), pid=daemon.pid, saved=lambda: daemon.saved)
