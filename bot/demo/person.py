"""Somebody in the demo: a few lines of IRC over TLS, and the patience to wait for an answer."""

import contextlib
import re
import socket
import ssl
import time
from pathlib import Path


class Unanswered(Exception):
    """Somebody waited for an answer that did not come."""


class Person:
    """A client. Every line that it hears goes to `lines`; `wait` looks for one."""

    def __init__(self, nick: str, port: int, ca: Path, *, certificate: tuple[Path, Path] | None = None) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        if certificate is not None:
            context.load_cert_chain(*map(str, certificate))
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket = context.wrap_socket(plain, server_hostname="localhost")
        self._rest = b""
        self._unread: list[str] = []
        self.nick = nick
        try:
            self.send(f"NICK {nick}")
            self.send(f"USER {nick} 0 * :{nick}")
            self.wait(r" 001 ")
        except BaseException:
            self._socket.close()  # nobody has us, so nobody else would
            raise

    def send(self, line: str) -> None:
        """One raw line."""
        self._socket.sendall(line.encode() + b"\r\n")

    def say(self, target: str, text: str) -> None:
        """A message."""
        self.send(f"PRIVMSG {target} :{text}")

    def ask(self, service: str, text: str) -> str:
        """What a service answers."""
        self.say(service, text)
        return self.wait(rf"^:{service}!\S+ NOTICE ").partition(" :")[2]

    def hear(self, sender: str, seconds: float = 20) -> str:
        """What somebody says next, in the channel or in private."""
        return self.wait(rf"^:{sender}!\S+ (PRIVMSG|NOTICE) ", seconds).partition(" :")[2]

    def wait(self, pattern: str, seconds: float = 20) -> str:
        """The next line that matches; those before it are gone.

        Raises:
            Unanswered: none came in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            while self._unread:
                line = self._unread.pop(0)
                if re.search(pattern, line):
                    return line
            if time.monotonic() >= deadline:
                raise Unanswered(f"{self.nick} waited for {pattern}")
            self._read(deadline)

    def _read(self, deadline: float) -> None:
        self._socket.settimeout(max(0.05, deadline - time.monotonic()))
        try:
            data = self._socket.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        if not data:
            raise Unanswered(f"{self.nick} was cut off")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for raw in lines:
            line = raw.rstrip(b"\r").decode("utf-8", "replace")
            if line.startswith("PING"):
                self.send("PONG" + line[4:])
            self._unread.append(line)

    def catch_up(self) -> None:
        """What was said before is heard by now, and no answer to what is said next."""
        self.send("PING :caught-up")
        self.wait(r" PONG .*caught-up")

    def leave(self) -> None:
        """Goodbye; returns when the server has hung up, so the nick is free."""
        with contextlib.suppress(OSError, Unanswered):
            self.send("QUIT :bye")
            self.wait("^nothing more$", 2)
        self._socket.close()
