"""Commands of ours without Python's start: each is a process, forked from one that has everything imported."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Stand:
    """Where commands are forked; `end` it."""

    def __init__(self, *words: str) -> None:
        environment = dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTHONUNBUFFERED", None)  # what is printed is not what is tested
        command = [sys.executable, "-m", "tests.faults.forking", *words]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def begin(
        self, words: Sequence[str], *, out: Path, err: Path, folder: Path | None = None, stands: bool = False
    ) -> int:
        """Its pid. What it says goes into files, one for both if they are the same; it stands still if it shall."""
        assert self._process.stdin is not None
        for path in (out, err):
            path.write_bytes(b"")
        told = {"words": list(words), "out": str(out), "err": str(err), "stands": stands}
        told |= {"environment": dict(os.environ), "folder": str(folder or Path.cwd())}
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return self._number()

    def ended(self) -> int:
        """Wait for it: its exit code, or minus the signal that ended it."""
        return self._number()

    def end(self) -> None:
        """No more of them."""
        self._process.kill()
        self._process.communicate(timeout=20)

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@cache
def _stand() -> Stand:
    stand = Stand()
    atexit.register(stand.end)
    return stand


def run(*words: str, folder: Path | None = None) -> Done:
    """One command in the environment of now, here or in a folder, with nobody at its standard input."""
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said) / "out", Path(said) / "err"
        _stand().begin(words, out=out, err=err, folder=folder)
        code = _stand().ended()
        return Done(code=code, out=out.read_text(), err=err.read_text())
