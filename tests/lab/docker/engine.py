"""A real dockerd of our own: all that it has lies in a folder, and no bridge or rule of the machine is touched.

Containers have no network, or that of the machine (`network_mode: host`), and listen on its loopback.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import APIError

from tests.lab.docker.images import BUSYBOX, busybox_image
from tests.lab.real import find_program
from tests.machine import refused

# Options that are no host config's.
_OF_THE_CONTAINER = ("labels", "environment", "healthcheck", "user", "stop_signal")
# Ends the engine of a run that was killed itself: its standard input closes when we die, however we die.
_GUARD = (
    'read -r _; kill "$1"; for _ in $(seq 100); do kill -0 "$1" || break; sleep 0.1; done; umount -l "$0"; rm -rf "$0"'
)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One engine while it runs."""

    folder: Path
    api: Any

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    def run(self, name: str, words: list[str], *, image: str = BUSYBOX, start: bool = True, **host: Any) -> str:
        """A new container; one of that name from an earlier test goes first. Options are those of a host config."""
        more = {key: host.pop(key) for key in _OF_THE_CONTAINER if key in host}
        self.remove(name)
        config = self.api.create_host_config(**{"network_mode": "none", **host})
        self.api.create_container(image, words, name=name, host_config=config, **more)
        if start:
            self.api.start(name)
        return name

    def state(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.inspect_container(name)["State"]
        return found

    def remove(self, name: str) -> None:
        """Gone for good, whatever it does."""
        with suppress(APIError):
            self.api.remove_container(name, force=True, v=True)

    def clear(self) -> None:
        """All containers gone."""
        for box in self.api.containers(all=True):
            self.remove(box["Id"])


@contextmanager
def running_engine() -> Iterator[Engine]:
    """It runs until the block ends; what it had is gone afterwards."""
    if os.geteuid() != 0:
        refused("only root can run a container engine")
    folder = Path(tempfile.mkdtemp(prefix="backupserv-docker-"))
    # In memory: images of thousands of files come and go at once, and the disk is left to the other tests.
    mount = ["mount", "-t", "tmpfs", "-o", "size=2g,mode=0755", "backupserv-docker", str(folder)]
    subprocess.run(mount, check=True, capture_output=True)
    process = _start(folder)
    guard = subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, str(folder), str(process.pid)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        engine = Engine(folder=folder, api=_connect(folder, process))
        engine.api.import_image_from_data(busybox_image(), repository=BUSYBOX)
        yield engine
        engine.clear()
        engine.api.close()
    finally:
        _end(process)
        guard.kill()
        guard.communicate()
        clean(folder)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    places = {"data-root": "root", "exec-root": "exec", "pidfile": "docker.pid"}
    words = [find_program("dockerd") or "dockerd", f"--host=unix://{folder}/docker.sock", "--shutdown-timeout=3"]
    words += [f"--{option}={folder}/{name}" for option, name in places.items()]
    words += ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--group=root"]
    with (folder / "dockerd.log").open("wb") as log:
        return subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)


def _connect(folder: Path, process: subprocess.Popen[bytes]) -> Any:
    path = folder / "docker.sock"
    deadline = time.monotonic() + 30
    while not _listens(path):
        log = (folder / "dockerd.log").read_text()[-2000:]
        assert process.poll() is None, log
        assert time.monotonic() < deadline, log
        time.sleep(0.05)
    return APIClient(f"unix://{path}", timeout=60)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """It takes its own containerd with it, if it is asked gently."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def clean(folder: Path) -> None:
    """Gone, with what an engine has mounted in it."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((place for place in mounted if place.startswith(str(folder))), reverse=True):
        subprocess.run([find_program("umount") or "umount", "--lazy", place], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
