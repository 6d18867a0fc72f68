"""Debian's real InspIRCd or ngIRCd, with Atheme, on loopback: started as their own user, stopped by pid."""

import os
import pwd
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.demo.certificates import make_pair
from tests.lab.real import find_program

HERE = Path(__file__).parent
MODULES = Path("/usr/lib/x86_64-linux-gnu/atheme/modules")
Ircd = Literal["inspircd", "ngircd"]
# What a network of today loads, beside how it speaks with its server; the rest of the tree stays out.
_MODULES = [
    "backend/opensex",
    "crypto/pbkdf2v2",
    "misc/httpd",
    "transport/jsonrpc",
    "nickserv/main",
    "nickserv/access",
    "nickserv/cert",
    "nickserv/drop",
    "nickserv/enforce",
    "nickserv/ghost",
    "nickserv/group",
    "nickserv/identify",
    "nickserv/info",
    "nickserv/logout",
    "nickserv/register",
    "nickserv/set_core",
    "nickserv/set_property",
    "nickserv/set_pubkey",
    "nickserv/mark",
    "nickserv/hold",
    "chanserv/main",
    "chanserv/access",
    "chanserv/akick",
    "chanserv/drop",
    "chanserv/flags",
    "chanserv/getkey",
    "chanserv/info",
    "chanserv/invite",
    "chanserv/register",
    "chanserv/set_core",
    "chanserv/set_entrymsg",
    "chanserv/set_keeptopic",
    "chanserv/set_mlock",
    "chanserv/set_url",
    "chanserv/topic",
    "chanserv/unban_self",
    "operserv/main",
    "operserv/update",
    "operserv/info",
    "memoserv/main",
    "memoserv/list",
    "memoserv/read",
    "memoserv/send",
    "saslserv/main",
    "saslserv/plain",
    "saslserv/external",
    "saslserv/ecdsa-nist256p-challenge",
    "groupserv/main",
    "groupserv/fdrop",
    "groupserv/flags",
    "groupserv/info",
    "groupserv/register",
    "exttarget/main",
    "exttarget/registered",
]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A running network of one server and its services."""

    folder: Path
    tls_port: int
    link_port: int
    http_port: int
    ircd: Ircd = "inspircd"

    host = "127.0.0.1"
    oper = ("labop", "labop-password")
    admin = ("root1", "root1-password")  # a services operator by configuration, once `people.settle` has registered it

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def data(self) -> Path:
        return self.folder / "atheme"

    @property
    def database(self) -> Path:
        return self.data / "services.db"

    @property
    def config(self) -> Path:
        return self.folder / "atheme.conf"

    @property
    def pidfile(self) -> Path:
        return self.data / "atheme.pid"

    @property
    def start_words(self) -> list[str]:
        """How services are started: as their own user, as an init script would."""
        program = find_program("atheme-services") or "atheme-services"
        options = ["-c", str(self.config), "-D", str(self.data), "-p", str(self.pidfile)]
        return [*as_user(), program, *options, "-l", str(self.data / "atheme.log")]

    @property
    def stop_words(self) -> list[str]:
        """How they are told to stop, as an init script would; it returns before they are gone."""
        return ["sh", "-c", 'kill -TERM "$(cat "$1")"', "sh", str(self.pidfile)]

    @property
    def status_words(self) -> list[str]:
        """LSB's answer to whether they run: 0, or 3."""
        return ["sh", "-c", 'kill -0 "$(cat "$1")" 2>/dev/null || exit 3', "sh", str(self.pidfile)]

    @property
    def rpc(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/jsonrpc"

    def start_services(self) -> None:
        """Start them, if they do not run."""
        if _pid(self.pidfile) is not None:
            return
        subprocess.run(self.start_words, check=True, capture_output=True, timeout=20)

    def save(self) -> None:
        """Have services save, and wait for the file."""
        before = self.database.stat().st_ino if self.database.exists() else 0
        os.kill(int(self.pidfile.read_text()), signal.SIGHUP)
        deadline = time.monotonic() + 5
        while not self.database.exists() or self.database.stat().st_ino == before:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"{self.database} was not saved")
            time.sleep(0.01)

    def stop_services(self) -> None:
        stop_process(self.pidfile)

    def kill_services(self) -> None:
        """SIGKILL: nothing is saved, no goodbye is said. Their pid file is cleared away, as an init script would."""
        os.kill(int(self.pidfile.read_text()), signal.SIGKILL)
        self.pidfile.unlink()

    @property
    def ircd_pidfile(self) -> Path:
        return self.folder / f"{self.ircd}.pid"

    def start_ircd(self) -> None:
        program = find_program(self.ircd) or self.ircd
        words = [*as_user(), program, "--config", str(self.folder / f"{self.ircd}.conf")]
        subprocess.run(words, check=True, capture_output=True, timeout=20)
        wait_for_port(self.tls_port)

    def stop(self) -> None:
        self.stop_services()
        stop_process(self.ircd_pidfile)


def as_user() -> list[str]:
    """Debian's user for IRC daemons where we are root; ourselves otherwise."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", "irc", "--regid", "irc", "--clear-groups"]


def lay_out(folder: Path, ircd: Ircd = "inspircd") -> Lab:
    """All files of a lab, with ports that are free now."""
    lab = Lab(folder=folder, tls_port=free_port(), link_port=free_port(), http_port=free_port(), ircd=ircd)
    lab.data.mkdir(parents=True)
    make_pair(folder, host="localhost")
    for name in (f"{ircd}.conf", "atheme.conf"):
        (folder / name).write_text(config_text(lab, name, str(folder)))
    give_away(folder)
    return lab


def config_text(lab: Lab, name: str, folder: str) -> str:
    """A configuration for a lab; `folder` is where its programs find their files."""
    text = (HERE / name).read_text()
    for mark, value in {
        "@DIR@": folder,
        "@TLS@": str(lab.tls_port),
        "@LINK@": str(lab.link_port),
        "@HTTP@": str(lab.http_port),
        "@MODULES@": "\n".join(f'loadmodule "modules/{module}";' for module in (f"protocol/{lab.ircd}", *_MODULES)),
    }.items():
        text = text.replace(mark, value)
    return text


def give_away(folder: Path) -> None:
    """The daemons' user owns its files."""
    if os.geteuid() != 0:
        return
    user = pwd.getpwnam("irc")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"port {port} never opened")


def _pid(pidfile: Path) -> int | None:
    """The pid of a file, if its process lives; a zombie does not."""
    try:
        pid = int(pidfile.read_text())
    except (OSError, ValueError):
        return None
    return pid if _lives(pid) else None


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stop_process(pidfile: Path) -> None:
    """End the process of a pid file, gently for ten seconds."""
    pid = _pid(pidfile)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while _lives(pid):
        if time.monotonic() >= deadline:
            os.kill(pid, signal.SIGKILL)
            return
        time.sleep(0.01)
