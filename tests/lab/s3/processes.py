"""Real servers as children: started, waited for, ended by their pids."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE = 60.0  # seconds; a machine under load is slow


def start(words: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a server in the background; what it says goes into a file beside it."""
    with log.open("ab") as file:
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=log.parent, env={**os.environ, **(env or {})}
        )


def end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """End them all, gently for a few seconds."""
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait(what: str, ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path) -> None:
    """Until it is so. A server that ended, or takes too long, is told with the end of its log."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if child.poll() is not None or time.monotonic() >= deadline:
            raise RuntimeError(f"{what} did not come:\n" + log.read_text(errors="replace")[-2000:])
        time.sleep(0.05)


def listens(host: str, port: int) -> bool:
    """Whether somebody answers there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
