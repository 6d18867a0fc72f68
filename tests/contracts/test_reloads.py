"""The contract of reloads, kept by those that reach a small program."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.reload_command import CommandReload, ReloadCommandSettings
from core.control.reload_signal import ReloadSignalSettings, SignalReload
from core.program_ports import Reload
from tests.contracts.reload_contract import ReloadContract, ReloadSubject
from tests.core.control.reloading_program import ReloadingProgram, running_program

Running = tuple[ReloadingProgram, subprocess.Popen[bytes]]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with running_program(tmp_path) as both:
        yield both


def subject_of(running: Running, reload: Reload, untested: Reload) -> ReloadSubject:
    program, process = running

    def stop() -> None:
        process.terminate()
        process.wait()

    return ReloadSubject(
        reload=reload,
        untested=untested,
        put=program.put,
        read=program.read,
        bad="bad directive",
        pid=program.pid,
        stop=stop,
    )


class TestSignalReload(ReloadContract):
    @pytest.fixture
    def subject(self, running: Running) -> ReloadSubject:
        program = running[0]
        settings = ReloadSignalSettings(
            kind="signal", pidfile=program.pidfile, config="HUP", tls="USR1", test=program.words("test")
        )
        untested = settings.model_copy(update={"test": None})
        return subject_of(running, SignalReload(settings), SignalReload(untested))


class TestCommandReload(ReloadContract):
    @pytest.fixture
    def subject(self, running: Running) -> ReloadSubject:
        program = running[0]
        settings = ReloadCommandSettings(
            kind="command",
            config=program.words("tell", "HUP"),
            tls=program.words("tell", "USR1"),
            test=program.words("test"),
        )
        untested = settings.model_copy(update={"test": None})
        return subject_of(running, CommandReload(settings), CommandReload(untested))
