"""A small real daemon with an init script in one: `daemon.py start|stop|status PIDFILE [trait …]`.

Traits: `slow` takes half a second to save when it is stopped; `deaf` ignores SIGTERM; `loud` keeps its standard
output and goes on writing to it; `mute` says nothing; `broken` fails to start.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType


def start(pidfile: Path, traits: set[str]) -> int:
    if "broken" in traits:
        sys.stderr.write("cannot bind: address in use\nsecond line\n")
        return 1
    if os.fork():
        return 0
    os.setsid()
    if os.fork():
        os._exit(0)
    live(pidfile, traits)
    return 0


def live(pidfile: Path, traits: set[str]) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        time.sleep(0.5 if "slow" in traits else 0)
        pidfile.with_suffix(".saved").write_text("saved")
        pidfile.unlink()
        os._exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in traits else end)
    if "loud" not in traits:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
    pidfile.with_suffix(".environment").write_text("\n".join(sorted(os.environ)))
    pidfile.with_suffix(".descriptors").write_text(" ".join(file.name for file in Path("/proc/self/fd").iterdir()))
    pidfile.write_text(f"{os.getpid()}\n")
    deadline = time.monotonic() + 60  # nothing that a test forgets lives on
    while time.monotonic() < deadline:
        os.write(1, b"still here\n")
        time.sleep(0.02)


def pid_of(pidfile: Path) -> int:
    try:
        return int(pidfile.read_text())
    except (OSError, ValueError):
        return 0


def stop(pidfile: Path) -> int:
    if pid := pid_of(pidfile):
        os.kill(pid, signal.SIGTERM)
    return 0


def status(pidfile: Path) -> int:
    """LSB: 0 running, 1 dead with a pid file left over, 3 not running."""
    pid = pid_of(pidfile)
    if not pid:
        return 3
    return 0 if Path(f"/proc/{pid}").exists() else 1


def main() -> int:
    verb, pidfile, *traits = sys.argv[1:]
    if verb == "start":
        return start(Path(pidfile), set(traits))
    return {"stop": stop, "status": status}[verb](Path(pidfile))


if __name__ == "__main__":
    sys.exit(main())
