"""A real systemd of our own user, which `systemctl --user` reaches. Only root can run it; it needs no D-Bus daemon.

It lives in a mount namespace and in a control group of its own, and ends when whoever started it ends.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import require
from tests.lab.control_group import ENTER, LEAVE
from tests.lab.real import find_program
from tests.machine import refused, until

# $1 is the folder, $2 the name of the control group. Its standard input is ours: it closes when we die.
_LIVE = f"""
folder=$1 group=$2
mkdir -p /run/systemd
mount -t tmpfs -o mode=755 tmpfs /run/systemd
mkdir /run/systemd/system  # by this folder a program knows that systemd runs
export XDG_RUNTIME_DIR=$folder/run XDG_CONFIG_HOME=$folder/config
unset DBUS_SESSION_BUS_ADDRESS NOTIFY_SOCKET
{ENTER}/lib/systemd/systemd --user --log-target=console </dev/null >"$folder/log" 2>&1 &
manager=$!
read -r _
kill -s RTMIN+24 $manager
for _ in $(seq 100); do kill -0 $manager 2>/dev/null || break; sleep 0.05; done
kill -9 $manager 2>/dev/null
{LEAVE}"""


@dataclass(frozen=True, kw_only=True)
class UserManager:
    """What a test needs of it."""

    folder: Path

    @property
    def runtime(self) -> Path:
        """$XDG_RUNTIME_DIR, by which `systemctl --user` finds it."""
        return self.folder / "run"

    def put(self, unit: str, text: str) -> None:
        """A unit file, new or changed."""
        folder = self.folder / "config" / "systemd" / "user"
        is_new = not (folder / unit).exists()
        (folder / unit).write_text(text)
        if not is_new:
            self.systemctl("daemon-reload")

    def systemctl(self, *words: str) -> str:
        """What it says; it must succeed."""
        ended = self._systemctl(*words)
        assert ended.returncode == 0, f"{' '.join(words)}: {ended.stderr}"
        return ended.stdout.strip()

    def is_up(self) -> bool:
        return self._systemctl("is-active", "default.target").returncode == 0

    def _systemctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.runtime)}
        words = (find_program("systemctl") or "systemctl", "--user", *words)
        return subprocess.run(words, capture_output=True, text=True, check=False, env=environment)

    def show(self, unit: str, name: str) -> str:
        """The value of one of a unit's properties."""
        return self.systemctl("show", "--value", f"--property={name}", unit)


@contextmanager
def user_manager() -> Iterator[UserManager]:
    """It runs, with no unit of ours; gone afterwards."""
    require("systemctl", "unshare", "mount")
    if os.geteuid() != 0:
        refused("only root can give systemd a place of its own")
    manager = UserManager(folder=Path(tempfile.mkdtemp(prefix="backupserv-systemd-")))
    manager.runtime.mkdir(mode=0o700)
    (manager.folder / "config" / "systemd" / "user").mkdir(parents=True)
    words = ["unshare", "--mount", "--propagation", "private", "bash", "-c", _LIVE, "bash"]
    process = subprocess.Popen(
        [*words, str(manager.folder), f"backupserv-test-{os.getpid()}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: manager.is_up() or process.poll() is not None, "systemd is up")
        if process.poll() is not None:
            refused("this machine lets nobody run a systemd of their own")
        yield manager
    finally:
        process.communicate()
        shutil.rmtree(manager.folder, ignore_errors=True)
