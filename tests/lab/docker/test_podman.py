"""The same controls by Podman's service, where it is installed: the tests do not install it, as that takes long."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient
from docker.types import Ulimit

from core.control.docker import DockerControl, DockerSettings
from core.control.docker_signal import AskDockerSettings, DockerServices
from core.domain.errors import ControlFailed
from tests.lab.docker.daemon import ContainedDaemon
from tests.lab.docker.engine import Engine, clean
from tests.lab.docker.images import busybox_image
from tests.lab.real import find_program
from tests.machine import until

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(find_program("podman") is None or os.geteuid() != 0, reason="no podman here, or not root"),
]
_CONFIG = '[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\nevents_logger = "file"\n'
_LIMITS = [Ulimit(name="nofile", soft=1024, hard=4096), Ulimit(name="nproc", soft=1024, hard=4096)]


@pytest.fixture(scope="module")
def podman() -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp(prefix="backupserv-podman-"))
    (folder / "containers.conf").write_text(_CONFIG)
    places = [f"--root={folder}/root", f"--runroot={folder}/run", "--storage-driver=vfs"]
    words = [
        find_program("podman") or "podman",
        *places,
        "system",
        "service",
        "--time=0",
        f"unix://{folder}/docker.sock",
    ]
    environment = os.environ | {"CONTAINERS_CONF": f"{folder}/containers.conf"}
    with (folder / "podman.log").open("wb") as log:
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
    try:
        until((folder / "docker.sock").exists, "podman listens")
        engine = Engine(folder=folder, api=APIClient(f"unix://{folder}/docker.sock", timeout=60))
        engine.api.import_image_from_data(busybox_image(), repository="lab-busybox")
        yield engine
        engine.clear()
        engine.api.close()
    finally:
        process.terminate()
        process.wait(20)
        clean(folder)


@pytest.fixture
def daemon(podman: Engine, tmp_path: Path) -> ContainedDaemon:
    daemon = ContainedDaemon(engine=podman, folder=tmp_path)
    (image,) = podman.api.images()
    daemon.make(image=image["Id"], network_mode="host", ulimits=_LIMITS, restart_policy={"Name": "always"})
    return daemon


def test_it_starts_saves_when_asked_and_stays_down_when_it_was_stopped(daemon: ContainedDaemon) -> None:
    """Podman's `kill` leaves the restart policy in force: by that way it would come back at once."""
    socket = str(daemon.engine.socket)
    settings = {"kind": "docker", "container": daemon.name, "socket": socket}
    control = DockerControl(DockerSettings.model_validate(settings))
    control.start()
    assert control.is_running()
    daemon.wait()
    DockerServices(AskDockerSettings.model_validate(settings)).request_save()
    assert daemon.wait_for("asked") == "asked\n"
    control.stop()
    assert (daemon.folder / "saved").exists()
    time.sleep(0.5)
    assert not control.is_running()
    with pytest.raises(ControlFailed, match="has no container nosuch"):
        DockerControl(DockerSettings.model_validate(settings | {"container": "nosuch"})).is_running()


def test_what_does_not_end_is_not_killed(daemon: ContainedDaemon) -> None:
    """Not now, and not when the engine's own time is over."""
    (image,) = daemon.engine.api.images()
    deaf = ["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"]
    daemon.engine.run("deaf", deaf, image=image["Id"], network_mode="host", ulimits=_LIMITS)
    settings = {"kind": "docker", "container": "deaf", "socket": str(daemon.engine.socket), "stop_seconds": 0.3}
    pid = daemon.engine.state("deaf")["Pid"]
    try:
        with pytest.raises(ControlFailed, match="still runs 0 s after SIGTERM"):
            DockerControl(DockerSettings.model_validate(settings)).stop()
        assert Path(f"/proc/{pid}").exists()
    finally:
        os.kill(pid, signal.SIGKILL)  # the engine waits for its end for years, and removes nothing meanwhile
