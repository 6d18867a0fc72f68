"""Debian's sshd on loopback: as whom we are, by key only, with its own host key; nothing of the system is changed."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.storage.sftp import SftpStorage
from core.storage.sftp_settings import SftpSettings
from tests.conftest import require
from tests.lab.network import free_port
from tests.machine import until

# What administrators write for uploads that nobody may take back. It does not stop overwriting.
FILTER = "remove,rename,posix-rename,rmdir,setstat,fsetstat,link,hardlink,symlink"
CONFIG = """\
Port {port}
Port {filtered}
ListenAddress 127.0.0.1
HostKey {folder}/hostkey
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
MaxStartups 100
Subsystem sftp internal-sftp
Match LocalPort {filtered}
  ForceCommand internal-sftp -P {denied}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshServer:
    """Two doors to the same machine: all of SFTP, and one where nothing can be renamed or removed."""

    folder: Path
    port: int
    filtered: int

    @property
    def key_file(self) -> Path:
        return self.folder / "client"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def know(self, *ports: int) -> None:
        """Add the host key for other ways to it."""
        kind, key = (self.folder / "hostkey.pub").read_text().split()[:2]
        with self.known_hosts.open("a") as file:
            file.writelines(f"[127.0.0.1]:{port} {kind} {key}\n" for port in ports)

    def settings(self, path: Path, **changed: Any) -> SftpSettings:
        words = {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "path": str(path),
            "key_file": self.key_file,
            "known_hosts": self.known_hosts,
            "timeout_seconds": 20,
        }
        return SftpSettings.model_validate(words | changed)

    @contextmanager
    def storage(self, path: Path, **changed: Any) -> Iterator[SftpStorage]:
        storage = SftpStorage("elsewhere", self.settings(path, **changed))
        try:
            yield storage
        finally:
            storage.close()

    def sessions(self) -> list[int]:
        """The processes that serve connections now."""
        return _descendants(int((self.folder / "sshd.pid").read_text()))


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    program = shutil.which("ssh-keygen") or "ssh-keygen"
    subprocess.run([program, "-q", "-t", kind, "-N", passphrase, "-f", str(path)], check=True, timeout=30)
    return path


def run_sshd(folder: Path) -> Iterator[SshServer]:
    require("sshd", "ssh-keygen")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # Debian's init script makes it; without it sshd serves nobody
    server = SshServer(folder=folder, port=free_port(), filtered=free_port())
    make_key(folder / "hostkey")
    make_key(server.key_file)
    (folder / "authorized_keys").write_text((folder / "client.pub").read_text())
    server.know(server.port, server.filtered)
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(port=server.port, filtered=server.filtered, folder=folder, denied=FILTER))
    process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", str(config), "-E", str(folder / "log")])
    try:
        until(lambda: _answers(server.port) and _answers(server.filtered), "sshd answers")
        yield server
    finally:
        for pid in server.sessions():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait(timeout=10)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as reached:
        return reached.recv(4) == b"SSH-"
    return False
