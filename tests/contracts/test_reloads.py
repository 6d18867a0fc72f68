"""The contract of reloads, kept by those that reach a small program."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.control.reload_command import CommandReload, ReloadCommandSettings
from core.control.reload_signal import ReloadSignalSettings, SignalReload
from core.control.reload_unrealircd import UnrealircdReload, UnrealircdReloadSettings
from core.program_ports import Reload, What
from tests.contracts.reload_contract import ReloadContract, ReloadSubject
from tests.core.control.reloading_program import ReloadingProgram, running_program
from tests.core.control.unrealircd_stand_in import StandIn, speaking

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


class TestUnrealircdReload(ReloadContract):
    """Held against a stand-in for UnrealIRCd, which no test machine has."""

    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[ReloadSubject]:
        lies, works = tmp_path / "lies", tmp_path / "works"
        for folder in (lies, works):
            folder.mkdir()
            for name in ("config", "tls"):
                (folder / name).write_text("first")

        def rehash(line: str) -> None:
            for name in ("tls",) if line == "REHASH -tls" else ("config", "tls"):
                (works / name).write_text((lies / name).read_text())

        def put(what: What, text: str) -> None:
            (lies / what).write_text(text)

        tested = 'grep -q "^bad" "$0" || exit 0; echo "[error] unrealircd.conf:1: no such block"; exit 255'
        settings = UnrealircdReloadSettings(
            kind="unrealircd", socket=tmp_path / "unrealircd.ctl", test=["sh", "-c", tested, str(lies / "config")]
        )
        stand_in = StandIn(tmp_path / "unrealircd.ctl", on_rehash=rehash)
        with ExitStack() as running:
            running.enter_context(speaking(stand_in))
            yield ReloadSubject(
                reload=UnrealircdReload(settings),
                untested=UnrealircdReload(settings.model_copy(update={"test": None})),
                put=put,
                read=lambda what: (works / what).read_text(),
                bad="bad directive",
                pid=os.getpid,
                stop=running.close,
            )
