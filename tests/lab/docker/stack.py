"""A network as people run it in containers: InspIRCd and Atheme in a compose project, their folders bound in.

    conf/  conf/tls/  data/ircd/  data/atheme/  compose.yaml

The containers have the machine's network and listen on its loopback, on ports that were free.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.demo.certificates import make_pair
from tests.lab.bot import write_config
from tests.lab.docker.engine import Engine
from tests.lab.docker.images import IRC, irc_image
from tests.lab.network import Lab, config_text, free_port, give_away, wait_for_port
from tests.lab.real import find_program
from tests.machine import until

PROJECT = "irc"
_COMPOSE = """\
services:
  ircd:
    container_name: ircd
    image: {image}
    user: irc
    network_mode: host
    restart: unless-stopped
    command: [inspircd, --nofork, --config, /conf/inspircd.conf]
    volumes: ["./conf:/conf:ro", "./data/ircd:/data"]
    healthcheck: {{test: ["CMD-SHELL", "nc -w 1 127.0.0.1 {port} < /dev/null"], interval: 1s}}
  atheme:
    container_name: atheme
    image: {image}
    user: irc
    network_mode: host
    restart: unless-stopped
    stop_grace_period: 60s
    depends_on: [ircd]
    command: [atheme-services, -n, -c, /conf/atheme.conf, -D, /data, -p, /data/atheme.pid, -l, /data/atheme.log]
    volumes: ["./conf:/conf:ro", "./data/atheme:/data"]
"""
_BANS = '<module name="xline_db">\n<xlinedb filename="xline.db" saveperiod="1s">\n'


@dataclass(frozen=True, kw_only=True)
class Stack(Lab):
    """The project's folder, and its containers on a running engine."""

    engine: Engine

    @property
    def ca(self) -> Path:
        return self.folder / "conf" / "tls" / "ca.pem"

    @property
    def data(self) -> Path:
        return self.folder / "data" / "atheme"

    @property
    def config(self) -> Path:
        return self.folder / "conf" / "atheme.conf"

    def compose(self, *words: str) -> str:
        """What `docker-compose` says, of this project."""
        program = find_program("docker-compose") or "docker-compose"
        done = subprocess.run(
            [program, "-p", PROJECT, *words],
            cwd=self.folder,
            env={"DOCKER_HOST": f"unix://{self.engine.socket}", "PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self) -> None:
        """As an operator does it; returns when people can connect."""
        self.compose("up", "-d")
        try:
            wait_for_port(self.tls_port)
        except TimeoutError:
            raise AssertionError(self.said("ircd") + self.said("atheme")) from None

    def said(self, name: str) -> str:
        """The last of what a container has written, and its own log."""
        words: bytes = self.engine.api.logs(name, tail=20)
        return f"{name} {self.engine.state(name)}: {words.decode(errors='replace')}"

    def start_services(self) -> None:
        self.engine.api.start("atheme")

    def stop_services(self) -> None:
        self.engine.api.stop("atheme", timeout=10)

    def kill_services(self) -> None:
        """`docker kill`: nothing is saved, no goodbye is said."""
        self.kill("atheme")

    def kill(self, *names: str) -> None:
        for name in names or ("atheme", "ircd"):
            self.engine.api.kill(name, "SIGKILL")
        for name in names or ("atheme", "ircd"):
            self.engine.api.wait(name)

    def save(self) -> None:
        """Have services save, and wait for the file."""
        before = self._inode()
        self.engine.api.exec_start(self.engine.api.exec_create("atheme", ["kill", "-HUP", "1"])["Id"])
        until(lambda: self._inode() not in {0, before}, "services have saved")

    def _inode(self) -> int:
        return self.database.stat().st_ino if self.database.exists() else 0

    def stop(self) -> None:
        """The project and its containers are gone; its folders stay."""
        for name in ("atheme", "ircd"):
            self.engine.remove(name)

    def write_bot(self, folder: Path, *, irc: bool = True) -> Path:
        """The bot's configuration, beside the project and with the engine's socket."""
        reach = f'kind = "docker", container = "atheme", socket = "{self.engine.socket}"'
        path = write_config(self, folder, ask=reach, irc=irc)
        lines = path.read_text().splitlines()
        lines = [f"control = {{ {reach} }}" if line.startswith("control = ") else line for line in lines]
        path.write_text("\n".join(lines))
        return path


def lay_out(folder: Path, engine: Engine) -> Stack:
    """All files of the project."""
    stack = Stack(folder=folder, tls_port=free_port(), link_port=free_port(), http_port=free_port(), engine=engine)
    for name in ("conf/tls", "data/ircd", "data/atheme"):
        (folder / name).mkdir(parents=True)
    make_pair(stack.ca.parent, host="localhost")
    for name in ("inspircd.conf", "atheme.conf"):
        text = config_text(stack, name, "/data").replace("/data/server.", "/conf/tls/server.")
        (folder / "conf" / name).write_text(text)
    with (folder / "conf" / "inspircd.conf").open("a") as config:
        config.write(_BANS)
    (folder / "compose.yaml").write_text(_COMPOSE.format(image=IRC, port=stack.tls_port))
    (folder / ".env").write_text("NETWORK=LabNet\n")
    give_away(folder)
    return stack


@contextmanager
def running_stack(folder: Path, engine: Engine) -> Iterator[Stack]:
    """The project runs until the block ends."""
    engine.api.import_image_from_data(irc_image(), repository=IRC)
    stack = lay_out(folder, engine)
    try:
        stack.up()
        yield stack
    finally:
        stack.stop()
