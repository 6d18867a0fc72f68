"""A real systemd as process 1: this machine's own files under an overlay, in a container that is gone afterwards.

Root only. Nothing is built: what the test writes, and what runs in there writes, lies in memory. It has no network but
loopback, and it ends when whoever started it ends.
"""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import require
from tests.lab.control_group import ENTER, LEAVE
from tests.lab.real import find_program
from tests.machine import refused, until

ROOT = Path(__file__).parents[2]
OPT = Path("/opt/backupserv")

# $1 is the folder, $2 the name of the control group; behind them options of nspawn.
# Its standard input is ours: it closes when we die.
_LIVE = f"""
folder=$1 group=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs "$folder/disk" || exit
mkdir "$folder/disk/up" "$folder/disk/work" "$folder/disk/root"
cp -a "$folder/seed/." "$folder/disk/up/"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/disk/up,workdir=$folder/disk/work" "$folder/disk/root" || exit
unset NOTIFY_SOCKET
{ENTER}systemd-nspawn --quiet --directory="$folder/disk/root" --boot --register=no --keep-unit --private-network \
  --link-journal=no --console=pipe "$@" </dev/null >"$folder/console" 2>&1 &
nspawn=$!
for _ in $(seq 200); do
  for child in $(cat /proc/$nspawn/task/$nspawn/children 2>/dev/null); do
    if [ "$(cat /proc/$child/comm 2>/dev/null)" = systemd ]; then
      leader=$child
      echo "$leader" >"$folder/leader.new" && mv "$folder/leader.new" "$folder/leader"
      break 2
    fi
  done
  kill -0 $nspawn 2>/dev/null || break
  sleep 0.05
done
if [ -n "$leader" ]; then
  read -r _
  kill -s RTMIN+4 "$leader"
fi
for _ in $(seq 100); do kill -0 $nspawn 2>/dev/null || break; sleep 0.05; done
kill -9 $leader $nspawn 2>/dev/null
wait $nspawn
{LEAVE}"""
# A few parts of the system, and nothing of what else is installed on this machine.
_TARGET = """\
[Unit]
Description=What a test needs
Requires=basic.target dbus.service
After=basic.target dbus.service
AllowIsolate=yes
"""
_LAUNCHER = f"""\
#!{OPT}/bin/python
import sys
sys.path.insert(0, "{OPT}/product")
from bot.__main__ import main
sys.exit(main())
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a test needs of it."""

    folder: Path

    def try_to(self, *words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command in there, as root."""
        leader = (self.folder / "leader").read_text().strip()
        inside = [find_program("nsenter") or "nsenter", "--target", leader, "--all", "--", *words]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        return subprocess.run(
            inside, capture_output=True, text=True, check=False, env=environment, timeout=timeout, cwd="/"
        )

    def run(self, *words: str) -> str:
        """The same, and it must succeed. Returns what it said."""
        ended = self.try_to(*words)
        assert ended.returncode == 0, f"{' '.join(words)}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}"
        return ended.stdout.strip()

    def show(self, unit: str, name: str) -> str:
        """The value of one of a unit's properties."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit)

    def write(self, path: str, text: str, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """A file in there."""
        script = 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1" && chmod "$3" "$1" && chown "$4" "$1"'
        self.run("sh", "-c", script, "sh", path, text, f"{mode:o}", owner)

    def read(self, path: str) -> str:
        return self.run("cat", path)

    def is_up(self) -> bool:
        return (self.folder / "leader").exists() and "active" in self.try_to(
            "systemctl", "is-active", "default.target", "dbus.service"
        ).stdout.split()


def product() -> tuple[dict[str, str], list[str]]:
    """BackupServ as it is installed in there: the files to write, and the folders to bind."""
    prefix, site = Path(sys.base_prefix), Path(sysconfig.get_path("purelib"))
    binds = {
        prefix: "/opt/python",
        site: f"{OPT}/lib/{site.parent.name}/site-packages",
        ROOT / "bot": f"{OPT}/product/bot",
        ROOT / "core": f"{OPT}/product/core",
    }
    files = {f"{OPT}/pyvenv.cfg": "home = /opt/python/bin\n", f"{OPT}/bin/backupserv": _LAUNCHER}
    return files, [f"--bind-ro={source}:{target}" for source, target in binds.items()]


def _seed(folder: Path, files: Mapping[str, str]) -> None:
    """What lies over this machine's own files."""
    for name, text in files.items():
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if "/bin/" in name else 0o644)
    units = folder / "etc/systemd/system"
    units.mkdir(parents=True, exist_ok=True)
    (units / "default.target").write_text(_TARGET)
    for unit in ("timers.target", "paths.target"):
        (units / unit).symlink_to("/dev/null")
    (folder / "opt/backupserv/bin/python").symlink_to(f"/opt/python/bin/python{sysconfig.get_python_version()}")


@contextmanager
def machine(files: Mapping[str, str]) -> Iterator[Machine]:
    """It is up, with BackupServ installed and `files` written; gone afterwards."""
    require("systemd-nspawn", "nsenter", "unshare", "mount", "dbus-daemon")
    if os.geteuid() != 0:
        refused("only root can boot a system")
    booted = Machine(folder=Path(tempfile.mkdtemp(prefix="backupserv-machine-")))
    ours, binds = product()
    umask = os.umask(0o022)
    try:
        (booted.folder / "disk").mkdir()
        (booted.folder / "seed").mkdir()
        _seed(booted.folder / "seed", {**ours, **files})
    finally:
        os.umask(umask)
    words = ["unshare", "--mount", "--propagation", "private", "bash", "-c", _LIVE, "bash", str(booted.folder)]
    name = f"backupserv-machine-{os.getpid()}"
    process = subprocess.Popen(
        [*words, name, f"--machine={name}", *binds],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: booted.is_up() or process.poll() is not None, "systemd is up", seconds=40)
        if process.poll() is not None:
            refused("this machine lets nobody boot a system in a container")
        yield booted
    finally:
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(booted.folder, ignore_errors=True)
