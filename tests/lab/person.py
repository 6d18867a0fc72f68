"""Somebody on IRC: a few lines over TLS, for tests that talk to real servers."""

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self


class Person:
    """A client that says things and waits for answers. Everything heard is kept in `heard`."""

    def __init__(self, nick: str, port: int, ca: Path, *, certificate: tuple[Path, Path] | None = None) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        if certificate is not None:
            context.load_cert_chain(*map(str, certificate))
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket = context.wrap_socket(plain, server_hostname="localhost")
        self._rest = b""
        self.nick, self.port, self.ca = nick, port, ca
        self.heard: list[str] = []
        try:
            self.send(f"NICK {nick}")
            self.send(f"USER {nick.lower()[:8]} 0 * :{nick}")
            self.wait(r" 001 ")
        except BaseException:
            self._socket.close()  # nobody has us, so nobody else would
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def send(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")

    def say(self, target: str, text: str) -> None:
        self.send(f"PRIVMSG {target} :{text}")

    def ask(self, service: str, text: str, answer: str) -> str:
        """Ask services, and wait for a notice that matches."""
        self.say(service, text)
        return self.wait(rf"^:{service}\S* NOTICE .*{answer}")

    def wait(self, pattern: str, timeout: float = 15) -> str:
        """The first line from now on that matches.

        Raises:
            AssertionError: none came; what was heard instead is told.
        """
        matches: Callable[[str], object] = re.compile(pattern, re.IGNORECASE).search
        start = len(self.heard)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for line in self._lines(deadline):
                if matches(line):
                    return line
        last = "\n".join(self.heard[start:][-15:])
        raise AssertionError(f"{self.nick} waited for {pattern!r} and heard:\n{last}")

    def hears_nothing(self, pattern: str, seconds: float) -> None:
        """Assert that no line matches for a while."""
        try:
            line = self.wait(pattern, seconds)
        except AssertionError:
            return
        raise AssertionError(f"{self.nick} heard {line!r}")

    def _lines(self, deadline: float) -> list[str]:
        self._socket.settimeout(max(0.05, deadline - time.monotonic()))
        try:
            piece = self._socket.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return []
        if not piece:
            raise AssertionError(f"{self.nick} was disconnected; last heard: {self.heard[-3:]}")
        *whole, self._rest = (self._rest + piece).split(b"\n")
        lines = [line.rstrip(b"\r").decode("utf-8", "replace") for line in whole]
        for line in lines:
            if line.startswith("PING"):
                self.send("PONG" + line[4:])
        self.heard += lines
        return lines

    def leave(self) -> None:
        with contextlib.suppress(OSError):
            self.send("QUIT :bye")
        self._socket.close()
