"""The contract of controls in containers of a real engine, and what only containers do."""

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.docker import DockerControl, DockerSettings
from core.control.docker_engine import engine_at
from core.control.docker_signal import AskDockerSettings, DockerServices
from core.domain.errors import ControlFailed
from tests.contracts.control_contract import ControlContract, ControlSubject
from tests.lab.docker.daemon import ContainedDaemon
from tests.lab.docker.engine import Engine
from tests.machine import unprivileged, until

pytestmark = pytest.mark.lab
STUBBORN = ["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"]


@pytest.fixture
def daemon(engine: Engine, tmp_path: Path) -> ContainedDaemon:
    return ContainedDaemon(engine=engine, folder=tmp_path)


def control(engine: Engine, name: str = "small-daemon", **more: float) -> DockerControl:
    settings = {"kind": "docker", "container": name, "socket": str(engine.socket), **more}
    return DockerControl(DockerSettings.model_validate(settings))


class TestDockerControl(ControlContract):
    @pytest.fixture
    def subject(self, daemon: ContainedDaemon) -> ControlSubject:
        """With the policy that would restart it soonest."""
        daemon.make(restart_policy={"Name": "always"})
        return daemon.subject(control(daemon.engine))


@pytest.mark.parametrize("policy", ["no", "unless-stopped", "on-failure"])
def test_what_was_stopped_stays_down(daemon: ContainedDaemon, policy: str) -> None:
    """Whatever the restart policy is; it could come back within 0.1 s."""
    daemon.make(start=True, restart_policy={"Name": policy})
    subject = control(daemon.engine)
    subject.stop()
    time.sleep(0.3)
    assert not subject.is_running()


def test_what_does_not_end_is_not_killed(engine: Engine) -> None:
    """SIGKILL would lose what is not saved: the container still runs, and that is said."""
    engine.run("stubborn", STUBBORN)
    with pytest.raises(ControlFailed, match="still runs 0 s after SIGTERM") as caught:
        control(engine, "stubborn", stop_seconds=0.3).stop()
    assert "not killed" in caught.value.hint
    assert engine.state("stubborn")["Running"]


def test_its_own_stop_signal_is_sent(engine: Engine, tmp_path: Path) -> None:
    """An image may name another one than SIGTERM."""
    text = "trap 'touch /data/quit; exit 0' QUIT; trap '' TERM; touch /data/up; while :; do sleep 0.05; done"
    engine.run("quitter", ["sh", "-c", text], binds=[f"{tmp_path}:/data"], stop_signal="SIGQUIT")
    until((tmp_path / "up").exists, "it listens")
    control(engine, "quitter", stop_seconds=5).stop()
    assert (tmp_path / "quit").exists()


def test_what_was_killed_while_it_ended_is_no_good_end(engine: Engine) -> None:
    """Exit 137: it may have been in the middle of its save."""
    engine.run("stubborn", STUBBORN)
    pid = engine.state("stubborn")["Pid"]
    killer = threading.Timer(0.5, os.kill, (pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(ControlFailed, match="was killed while it was ending"):
        control(engine, "stubborn", stop_seconds=5).stop()
    killer.join()


def test_what_somebody_else_starts_again_is_noticed(daemon: ContainedDaemon) -> None:
    """A timer that keeps things up would write over what a restore puts in place."""
    daemon.make(start=True)
    over = threading.Event()

    def starter() -> None:
        while not over.is_set():
            daemon.engine.api.start(daemon.name)
            time.sleep(0.01)

    meddler = threading.Thread(target=starter)
    meddler.start()
    try:
        with pytest.raises(ControlFailed, match="came back by itself"):
            control(daemon.engine, stop_seconds=5).stop()
    finally:
        over.set()
        meddler.join()


def test_a_crash_loop_is_ended_and_told(engine: Engine) -> None:
    """`restart: always` with a program that cannot start: neither up nor down, until it is stopped."""
    engine.run("looping", ["sh", "-c", "exit 3"], start=False, restart_policy={"Name": "always"})
    subject = control(engine, "looping")
    with pytest.raises(ControlFailed, match=r"ended at once, again and again \(exit 3\)") as caught:
        subject.start()
    assert "docker logs" in caught.value.hint
    assert subject.is_running()
    subject.stop()
    assert not subject.is_running()


def test_who_else_may_start_it_is_told_beforehand(daemon: ContainedDaemon) -> None:
    """`check` says it: by the policy when the engine is restarted, and Swarm at once."""
    daemon.make(restart_policy={"Name": "always"}, labels={"com.docker.swarm.service.name": "irc_atheme"})
    swarm, policy = control(daemon.engine).remarks()
    assert "Swarm replaces it when it stops (task of irc_atheme)" in swarm
    assert "restart policy always" in policy
    daemon.make()
    assert control(daemon.engine).remarks() == ()


def test_a_paused_container_is_not_stopped_half(daemon: ContainedDaemon) -> None:
    daemon.make(start=True)
    daemon.engine.api.pause(daemon.name)
    assert control(daemon.engine).is_running()
    with pytest.raises(ControlFailed, match="is paused"):
        control(daemon.engine).stop()
    daemon.engine.api.unpause(daemon.name)


def test_what_would_be_removed_is_not_stopped(engine: Engine) -> None:
    """With --rm the container, and what lies in it, would be gone."""
    engine.run("fleeting", STUBBORN, auto_remove=True)
    with pytest.raises(ControlFailed, match="would be removed"):
        control(engine, "fleeting").stop()
    assert engine.state("fleeting")["Running"]


def test_a_container_that_is_not_there_is_named(engine: Engine) -> None:
    with pytest.raises(ControlFailed, match="has no container nosuch") as caught:
        control(engine, "nosuch").is_running()
    assert "docker ps -a" in caught.value.hint


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Path]:
    """A socket at which nobody answers as an engine does."""
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0o600)
        yield path


def test_who_cannot_be_reached_is_told_apart(tmp_path: Path, silent: Path) -> None:
    """No socket, nobody behind it, one that we may not use, and one that is no engine's."""
    stale = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(stale))
    for path, said in ((tmp_path / "none.sock", "there is no"), (stale, "no container engine answers")):
        with pytest.raises(ControlFailed, match=said), engine_at(path):
            pass
    with pytest.raises(ControlFailed, match="does not speak as a container engine"), engine_at(silent, timeout=0.3):
        pass


def test_a_socket_that_we_may_not_use_names_its_group(engine: Engine) -> None:
    engine.folder.chmod(0o755)
    mode = stat.S_IMODE(engine.socket.stat().st_mode)
    engine.socket.chmod(0o600)
    try:
        with unprivileged(), pytest.raises(ControlFailed, match="may not use") as caught, engine_at(engine.socket):
            pass
    finally:
        engine.socket.chmod(mode)
    assert "as good as root" in caught.value.hint


class TestHealth:
    """Of an image that says how it is checked."""

    def check(self, engine: Engine, test: str, **more: int) -> DockerControl:
        daemon = ["sh", "-c", "sleep 0.5; touch /tmp/ready; while :; do sleep 0.05; done"]
        health = {"Test": ["CMD-SHELL", test], "Interval": 3600 * 10**9, **more}
        engine.run("checked", daemon, start=False, healthcheck=health, environment={"DB_PASSWORD": "hunter2!"})
        return control(engine, "checked", healthy_seconds=1.5)

    def test_a_start_waits_until_it_is_healthy(self, engine: Engine) -> None:
        """Not until the engine looks, which may be minutes later: the same check is made at once."""
        self.check(engine, "cat /tmp/ready").start()
        assert engine.api.exec_create("checked", ["true"])
        assert engine.state("checked")["Health"]["Status"] == "starting"

    def test_what_is_unhealthy_did_not_start(self, engine: Engine) -> None:
        """What the check said is told, without the secrets of the container's environment."""
        second = 10**9
        with pytest.raises(ControlFailed, match="is unhealthy: password … is wrong"):
            self.check(engine, 'echo "password $DB_PASSWORD is wrong"; false', Interval=second // 10, Retries=1).start()

    def test_what_never_gets_healthy_did_not_start(self, engine: Engine) -> None:
        with pytest.raises(ControlFailed, match="is not healthy after 2 s"):
            self.check(engine, "false").start()


class TestAsking:
    def services(self, engine: Engine) -> DockerServices:
        settings = {"kind": "docker", "container": "small-daemon", "socket": str(engine.socket)}
        return DockerServices(AskDockerSettings.model_validate(settings))

    def test_a_hangup_reaches_the_program(self, daemon: ContainedDaemon) -> None:
        daemon.make(start=True)
        self.services(daemon.engine).request_save()
        assert daemon.wait_for("asked") == "asked\n"

    def test_it_is_still_started_again_when_it_crashes(self, daemon: ContainedDaemon) -> None:
        """Docker takes a signal from outside for an end that was asked for, and would leave it down after a crash."""
        daemon.make(start=True, restart_policy={"Name": "always"})
        self.services(daemon.engine).request_save()
        before = daemon.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        until(lambda: daemon.engine.state(daemon.name)["Pid"] not in {0, before}, "it runs again", seconds=10)

    def test_a_program_that_is_down_cannot_be_asked(self, daemon: ContainedDaemon) -> None:
        daemon.make()
        with pytest.raises(ControlFailed, match="does not run"):
            self.services(daemon.engine).request_save()
