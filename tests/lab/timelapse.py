"""Hours that pass in a moment for the real services program: its clock is libfaketime's, and jumps when we say so."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.network import Lab, as_user, give_away
from tests.lab.real import find_program

_FIRST_SWEEP = 3600  # seconds after their start, services look for the first time for what has expired
_DEADLINE = 20  # seconds of ours


def first_sweep(lab: Lab, content: bytes, *, sign: str) -> bytes:
    """What services make of a database in their first hour, with no network.

    `sign` is what they log when the sweep is at work: something in the database must expire, or nobody could tell that
    it took place. It is one step of theirs, so they stop only behind it.
    """
    lab.database.write_bytes(content)
    clock, log = lab.folder / "clock", lab.data / "atheme.log"
    log.unlink(missing_ok=True)
    _set(clock, 0)
    give_away(lab.folder)
    with _services(lab, clock, log):
        _wait_for(log, "running in foreground mode")
        _set(clock, _FIRST_SWEEP + 60)
        _wait_for(log, sign)
    return lab.database.read_bytes()


@contextmanager
def _services(lab: Lab, clock: Path, log: Path) -> Iterator[None]:
    """The program in the foreground, ended gently, so that it saves; it does not outlive us."""
    program = find_program("atheme-services") or "atheme-services"
    faked = [f"LD_PRELOAD={_library()}", f"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1"]
    options = ["-n", "-c", str(lab.config), "-D", str(lab.data), "-p", str(lab.pidfile), "-l", str(log)]
    words = [*as_user(), "setpriv", "--pdeathsig", "KILL", "env", *faked, program, *options]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as services:
        try:
            yield
            services.terminate()
            assert services.wait(_DEADLINE) == 0
        finally:
            services.kill()
            services.wait()
            for left in (f"faketime_shm_{services.pid}", f"sem.faketime_sem_{services.pid}"):
                Path("/dev/shm", left).unlink(missing_ok=True)  # what libfaketime leaves where it was killed


def _set(clock: Path, seconds: int) -> None:
    """How far the clock is ahead; replaced whole, since it is read at any moment."""
    new = clock.with_name("clock.new")
    new.write_text(f"+{seconds}\n")
    new.chmod(0o644)
    new.replace(clock)


def _library() -> str:
    """Debian's libfaketime, preloaded without its wrapper: the clock stands in a file, which we change."""
    return str(next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")))


def _wait_for(log: Path, sign: str) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not (log.exists() and re.search(sign, log.read_text(errors="replace"))):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"services never logged {sign!r}: {log.read_text(errors='replace')[-1000:]}")
        time.sleep(0.05)
