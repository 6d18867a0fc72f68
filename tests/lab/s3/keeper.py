"""One server for all test workers of a run. Each borrower holds a shared lock; the kernel knows when all are gone."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.s3.localstack import localstack
from tests.lab.s3.place import Place
from tests.lab.s3.processes import PATIENCE
from tests.lab.s3.radosgw import radosgw

SERVERS = {"localstack": localstack, "radosgw": radosgw}
ROOT = Path(__file__).parents[3]


@contextmanager
def borrow(kind: str, folder: Path) -> Iterator[Place]:
    """The server of that kind, started by who needs it first, ended when nobody needs it, also after a crash."""
    folder.mkdir(exist_ok=True, parents=True)
    ready, log = folder / "ready", folder / "keeper.log"
    with (folder / "users").open("w") as users:
        with (folder / "starting").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            if not ready.exists():
                _start(kind, folder, ready, log)
        yield Place.read(ready)


def _start(kind: str, folder: Path, ready: Path, log: Path) -> None:
    with log.open("ab") as file:
        words = [sys.executable, "-m", "tests.lab.s3.keeper", kind, str(folder)]
        # In a session of its own: who interrupts the tests does not hit it, it ends when they have ended.
        keeper = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    deadline = time.monotonic() + PATIENCE
    while not ready.exists():
        if keeper.poll() is not None or time.monotonic() >= deadline:
            raise RuntimeError(f"{kind} did not come:\n" + log.read_text()[-4000:])
        time.sleep(0.05)
    keeper.returncode = 0  # nobody waits for it: it outlives this process


def keep(kind: str, folder: Path) -> None:
    """Run the server until the last borrower has let go."""
    state = folder / f"state-{time.time_ns()}"
    state.mkdir()
    ready = folder / "ready"
    with (folder / "users").open("w") as users, SERVERS[kind](state) as place:
        place.write(ready)
        fcntl.flock(users, fcntl.LOCK_EX)
        ready.unlink()


if __name__ == "__main__":
    keep(sys.argv[1], Path(sys.argv[2]))
