"""Pocket services: a program of its own that owns a services.db, as Atheme does. For the demo, never for a network.

It loads the file when it starts and refuses one that it cannot load. It keeps everything in memory, writes the file
whole (`.new`, then a rename) when it is asked, every so often and when it is stopped, and never reads it again.
"""

import argparse
import os
import signal
import socket
import ssl
import sys
import time
from pathlib import Path

from bot.demo.commands import Commands
from core.domain.finding import Severity
from core.formats.atheme import check, parse, render

PUPPETS = ("NickServ", "OperServ", "MemoServ", "ChanServ")


class PocketServices:
    """The program: a database, a link, and the time of the next save."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._database = Path(options.database)
        content = self._database.read_bytes()
        worst = max((item.severity for item in check(content, casemapping="rfc1459")), default=Severity.WARNING)
        if worst > Severity.WARNING:
            raise SystemExit(f"pocket services: {self._database} cannot be loaded")
        self._commands = Commands(parse(content), save=self.save, send=self._send)
        self._options = options
        self._socket: ssl.SSLSocket | None = None
        self._rest = b""
        self.stopping = False

    def save(self) -> None:
        """Write the whole database beside the old one, and put it in its place."""
        new = self._database.with_name(self._database.name + ".new")
        new.write_bytes(render(self._commands.database))
        new.chmod(0o640)
        new.replace(self._database)

    def _send(self, line: str) -> None:
        if self._socket is not None:
            self._socket.sendall(line.encode() + b"\r\n")

    def run(self) -> None:
        """Until SIGTERM; then save and go."""
        self._link()
        save_at = time.monotonic() + self._options.commit_interval
        while not self.stopping:
            self._listen()
            if time.monotonic() >= save_at:
                self.save()
                save_at = time.monotonic() + self._options.commit_interval
        self.save()

    def _link(self) -> None:
        host, _, port = self._options.connect.rpartition(":")
        context = ssl.create_default_context(cafile=self._options.ca)
        plain = socket.create_connection((host, int(port)), timeout=10)
        self._socket = context.wrap_socket(plain, server_hostname="localhost")
        self._socket.settimeout(0.1)
        self._send(f"SERVICES {Path(self._options.password_file).read_text().strip()}")
        for nick in PUPPETS:
            self._send(f"INTRODUCE {nick}")

    def _listen(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        except OSError:
            data = b""
        if not data:
            self.stopping = True  # the network is gone
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._commands.take(line.decode("utf-8", "replace").rstrip("\r"))


def parse_options(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="pocket-services", description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--pid-file", required=True)
    parser.add_argument("--connect", required=True, metavar="HOST:PORT")
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--commit-interval", type=float, default=300, metavar="SECONDS")
    return parser.parse_args(argv)


def daemonise() -> None:
    """Let whoever started us go on; we live beside."""
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def main(argv: list[str] | None = None) -> int:
    """Load, go to the background, serve."""
    options = parse_options(argv)
    services = PocketServices(options)
    daemonise()

    def stop(number: int, frame: object) -> None:
        del number, frame
        services.stopping = True

    signal.signal(signal.SIGTERM, stop)
    pid_file = Path(options.pid_file)
    pid_file.write_text(f"{os.getpid()}\n")
    try:
        services.run()
    finally:
        pid_file.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
