"""The contract of reloads, kept inside a container: by a signal, and by the program's own commands."""

import time
from pathlib import Path

import pytest

from core.control.reload_docker import DockerReload, ReloadDockerSettings
from core.domain.errors import ControlFailed, ReloadRefused
from tests.contracts.reload_contract import ReloadContract, ReloadSubject
from tests.lab.docker.engine import Engine
from tests.machine import until

pytestmark = pytest.mark.lab

_TEXT = """
cd /data
reread() { for name in "$@"; do cp $name $name.aside; mv $name.aside $name.read; done; }
trap 'reread config tls' HUP
trap 'reread tls' USR1
trap 'exit 0' TERM
reread config tls
touch up
while :; do sleep 0.05; done
"""
_TEST = ["sh", "-c", 'case "$(cat /data/config)" in bad*) echo "config:1: unknown directive"; exit 1;; esac']
_NAME = "rereader"


def reload(engine: Engine, **more: object) -> DockerReload:
    settings = {"kind": "docker", "container": _NAME, "socket": str(engine.socket), **more}
    return DockerReload(ReloadDockerSettings.model_validate(settings))


def subject(engine: Engine, folder: Path, **more: object) -> ReloadSubject:
    """The program runs with "first" in both files."""

    def put(what: str, text: str) -> None:
        (folder / what).write_text(text)

    for name in ("config", "tls"):
        (folder / name).write_text("first")
    engine.run(_NAME, ["sh", "-c", _TEXT], binds=[f"{folder}:/data"])
    until((folder / "up").exists, "the program has read its files")
    return ReloadSubject(
        reload=reload(engine, test=_TEST, **more),
        untested=reload(engine, **more),
        put=put,
        read=lambda what: (folder / f"{what}.read").read_text(),
        bad="bad things",
        pid=lambda: int(engine.state(_NAME)["Pid"]),
        stop=lambda: engine.remove(_NAME),
    )


class TestReloadBySignal(ReloadContract):
    @pytest.fixture
    def subject(self, engine: Engine, tmp_path: Path) -> ReloadSubject:
        return subject(engine, tmp_path, signal="HUP", tls_signal="USR1")


class TestReloadByCommand(ReloadContract):
    @pytest.fixture
    def subject(self, engine: Engine, tmp_path: Path) -> ReloadSubject:
        return subject(engine, tmp_path, config=["kill", "-HUP", "1"])


def test_a_command_that_fails_says_so_itself(engine: Engine) -> None:
    """Its first words are told; one that is not in the image is no refusal."""
    engine.run(_NAME, ["sleep", "60"])
    refusing = reload(engine, config=["sh", "-c", "echo no such module; exit 9"], tls=["/no/such/program"])
    with pytest.raises(ReloadRefused, match=r"exit 9: no such module"):
        refusing.reload("config")
    with pytest.raises(ControlFailed, match="cannot be run"):
        refusing.reload("tls")


def test_a_command_that_hangs_is_not_waited_for(engine: Engine) -> None:
    engine.run(_NAME, ["sleep", "60"])
    began = time.monotonic()
    with pytest.raises(ControlFailed, match=r"did not end within 0 s inside its container"):
        reload(engine, config=["sleep", "30"], timeout_seconds=0.4).reload("config")
    assert time.monotonic() - began < 5


def test_what_a_command_says_is_bounded(engine: Engine) -> None:
    """Whoever talks without end is cut, in what is kept and in time."""
    engine.run(_NAME, ["sleep", "60"])
    talking = reload(engine, config=["sh", "-c", "while :; do echo talk talk talk; done"], timeout_seconds=0.5)
    with pytest.raises(ControlFailed, match="did not end") as caught:
        talking.reload("config")
    assert len(str(caught.value)) < 300
