"""Running an operator's command: a list of words, bounded in time and in what it may say."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from core.domain.errors import ControlFailed

_SAID = 4096  # bytes of output that are looked at, of its beginning and of its end
_KEPT = 1 << 16  # bytes of output that are kept on disk
_TOLD = 200  # characters of it that reach people
_PAUSE = 0.01
_GRACE = 3.0  # seconds between SIGTERM and SIGKILL
# What a command may know of our surroundings. Not: our secrets, and the sockets that systemd gave to us alone.
_PASSED_ON = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    said: str  # its first lines, stdout and stderr together, for people
    output: bytes = b""  # the beginning and the end of both, for whoever reads it as a program

    def __str__(self) -> str:
        return f"exit {self.code}{f': {self.said}' if self.said else ''}"


def clean_environment() -> dict[str, str]:
    """Our environment without what is ours alone."""
    return {name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("LC_")}


def run_words(words: Sequence[str], *, timeout: float) -> Ended:
    """Run a command and wait for it, not for what it leaves running.

    Its output goes to a file and not to a pipe: a daemon that keeps a pipe open would keep us waiting, and would
    die of it when we are gone.

    Raises:
        ControlFailed: it could not be run, or took longer than `timeout` seconds (its whole group was ended).
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # what it starts lives on when we are stopped
                cwd="/",
                env=clean_environment(),
                umask=0o022,  # ours may be stricter, and a daemon's files would be closed to its own group
            )
        except OSError as error:
            raise ControlFailed(f"`{words[0]}` cannot be run: {error.strerror}", hint="is the path right?") from None
        said = b""
        try:
            said = _wait(process, output.fileno(), timeout)
        except subprocess.TimeoutExpired:
            raise ControlFailed(f"`{words[0]}` did not end within {timeout:.0f} s, and was ended") from None
        finally:
            if process.poll() is None:
                _end_group(process)
        return Ended(code=process.returncode, said=first_lines(said), output=said)


def _wait(process: subprocess.Popen[bytes], output: int, timeout: float) -> bytes:
    """Wait for the end; returns the beginning and the end of what it said. The file never grows beyond `_KEPT`."""
    deadline = time.monotonic() + timeout
    said = b""
    while process.poll() is None:
        if time.monotonic() >= deadline:
            raise subprocess.TimeoutExpired(process.args, timeout)
        if os.fstat(output).st_blocks * 512 > _KEPT:
            said = said or os.pread(output, _SAID, 0)
            os.ftruncate(output, 0)
        time.sleep(_PAUSE)
    head = said or os.pread(output, _SAID, 0)
    size = os.fstat(output).st_size
    if size <= _SAID:
        return head
    tail = os.pread(output, _SAID, max(_SAID, size - _SAID)).lstrip(b"\0")  # what was cut off meanwhile reads as zeros
    if size <= 2 * _SAID and not said:
        return head + tail
    return head + b"\n" + tail.partition(b"\n")[2]  # half a line may be half of what hides its end


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM first: what hangs may be services themselves, started in the foreground, and they save when asked."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def first_lines(output: bytes, secrets: Sequence[str] = ()) -> str:
    """The beginning of what a program said, in one line that can be shown. Of `secrets` none is left."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines()]
    text = " / ".join(line for line in lines if line)
    printable = "".join(char if char.isprintable() else " " for char in text)
    for secret in secrets:
        printable = printable.replace(secret, "…")
    return printable[:_TOLD]
