"""Running an operator's command: a list of words, bounded in time and in what it may say."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from core.domain.errors import ControlFailed

_SAID = 4096  # bytes of output that are looked at
_TOLD = 200  # characters of it that reach people


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    said: str  # its first lines, stdout and stderr together

    def __str__(self) -> str:
        return f"exit {self.code}{f': {self.said}' if self.said else ''}"


def run_words(words: Sequence[str], *, timeout: float, environment: Mapping[str, str] | None = None) -> Ended:
    """Run a command and wait for it, not for what it leaves running.

    Its output goes to a file and not to a pipe: a daemon that keeps it open would keep us waiting.

    Raises:
        ControlFailed: it could not be run, or took longer than `timeout` seconds (its whole group was killed).
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # what it starts lives on when we are stopped
                env=dict(os.environ) | dict(environment or {}),
            )
        except OSError as error:
            raise ControlFailed(f"`{words[0]}` cannot be run: {error.strerror}", hint="is the path right?") from None
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise ControlFailed(f"`{words[0]}` did not end within {timeout:.0f} s, and was killed") from None
        output.seek(0)
        return Ended(code=code, said=_first_lines(output.read(_SAID)))


def _first_lines(output: bytes) -> str:
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines()]
    text = " / ".join(line for line in lines if line)
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable[:_TOLD]
