"""A small real program that reads its files again when told: `reloading.py live|test|tell FOLDER`.

SIGHUP: `config` and `tls`. SIGUSR1: `tls` alone. It ignores SIGUSR2, and ends at SIGTERM.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType


def live(folder: Path) -> int:
    def put(name: str, text: str) -> None:
        aside = folder / f"{name}.aside"  # nobody sees half of it
        aside.write_text(text)
        aside.rename(folder / name)

    def read(names: tuple[str, ...]) -> None:
        for name in names:
            put(f"{name}.read", (folder / name).read_text())

    def reread(number: int, _frame: FrameType | None) -> None:
        read(("config", "tls") if number == signal.SIGHUP else ("tls",))

    signal.signal(signal.SIGHUP, reread)
    signal.signal(signal.SIGUSR1, reread)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    read(("config", "tls"))
    put("pid", f"{os.getpid()}\n")
    deadline = time.monotonic() + 60  # nothing that a test forgets lives on
    while time.monotonic() < deadline:
        time.sleep(0.05)
    return 0


def test(folder: Path) -> int:
    if (folder / "config").read_text().startswith("bad"):
        sys.stderr.write("config:1: unknown directive\n")
        return 1
    return 0


def tell(folder: Path, name: str) -> int:
    os.kill(int((folder / "pid").read_text()), signal.Signals[f"SIG{name}"])
    return 0


def main() -> int:
    verb, folder, *rest = sys.argv[1:]
    if verb == "tell":
        return tell(Path(folder), *rest)
    return {"live": live, "test": test}[verb](Path(folder))


if __name__ == "__main__":
    sys.exit(main())
